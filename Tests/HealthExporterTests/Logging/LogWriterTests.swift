import Foundation
import HealthCore
import Logging
import Platform
import Testing

@testable import HealthExporter

/// What a reader gets that is slow, stops, goes away or comes back.
struct LogWriterTests {
    @Test(arguments: [1, 8])
    func aReaderThatStopsCostsTheOldestLinesAndNothingElse(threads: Int) throws {
        let pipe = Pipe()
        let writer = LogWriter(descriptor: pipe.fileHandleForWriting.fileDescriptor, limit: 10_000)
        writer.setDroppedLine { Array("dropped \($0)\n".utf8) }
        // A pipe holds 64 KiB, and a batch as much: the rest has to wait, and most of it to go.
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            for number in 0..<(30_000 / threads) { writer.append(Array("line \(number)\n".utf8), level: .info) }
        }
        writer.append(Array("line last\n".utf8), level: .info)
        #expect(writer.figures.dropped > 0)
        #expect(writer.figures.byLevel.first { $0.level == "info" }?.count == 30_001)
        var (read, kept, told) = (Data(), 0, 0)
        while kept + told < 30_001 {
            read += pipe.fileHandleForReading.availableData
            let lines = String(decoding: read, as: UTF8.self).split(separator: "\n")
            kept = lines.count { $0.hasPrefix("line ") }
            told = lines.compactMap { $0.hasPrefix("dropped ") ? Int($0.dropFirst(8)) : nil }.reduce(0, +)
        }
        #expect(told == Int(writer.figures.dropped))
        #expect(String(decoding: read, as: UTF8.self).contains("line last\n"))
    }

    @Test func aNonBlockingOutputLosesNothingWhileItsReaderIsSlow() throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        try #require(fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0)
        let writer = LogWriter(descriptor: descriptor)
        // More than the pipe holds: writes come back short, then not at all.
        let expected = (0..<30_000).map { "line \($0)" }
        for line in expected { writer.append(Array("\(line)\n".utf8), level: .info) }
        var read = Data()
        while read.count(where: { $0 == UInt8(ascii: "\n") }) < expected.count {
            read += pipe.fileHandleForReading.availableData
        }
        #expect(String(decoding: read, as: UTF8.self).split(separator: "\n").map(String.init) == expected)
        #expect(writer.figures.dropped == 0)
    }

    private static func lines(_ count: Int) -> [[UInt8]] { (0..<count).map { Array("line \($0)\n".utf8) } }

    @Test func aTornLineIsCountedOnceHoweverLongNobodyReads() throws {
        signal(SIGPIPE, SIG_IGN)
        let fifo = try Fifo()
        let writer = LogWriter(descriptor: fifo.writer)
        writer.setDroppedLine { Array("dropped \($0)\n".utf8) }
        writer.append(Array(repeating: UInt8(ascii: "a"), count: 70_000) + [UInt8(ascii: "\n")], level: .info)
        fifo.waitFor(Fifo.capacity)
        fifo.closeReader()
        for line in Self.lines(3) {
            writer.append(line, level: .info)
            writer.flush(within: .seconds(5))
        }
        #expect(writer.figures.dropped == 4)
        try fifo.openReader()
        #expect(fifo.text().utf8.count == Fifo.capacity)
        writer.append(Array("last\n".utf8), level: .info)
        writer.flush(within: .seconds(5))
        #expect(fifo.text() == "\nlast\ndropped 4\n")
        #expect(writer.figures.dropped == 4)
    }

    @Test func whatNobodyCouldBeToldOfIsToldLater() throws {
        signal(SIGPIPE, SIG_IGN)
        let fifo = try Fifo()
        let writer = LogWriter(descriptor: fifo.writer)
        writer.setDroppedLine { Array("dropped \($0)\n".utf8) }
        fifo.closeReader()
        for line in Self.lines(3) { writer.append(line, level: .info) }
        writer.flush(within: .seconds(5))
        try fifo.openReader()
        // It leaves no room for the line about the others.
        writer.append(
            Array(repeating: UInt8(ascii: "a"), count: Fifo.capacity - 1) + [UInt8(ascii: "\n")],
            level: .info
        )
        fifo.waitFor(Fifo.capacity)
        fifo.closeReader()
        writer.flush(within: .seconds(5))
        #expect(writer.figures.dropped == 3)
        try fifo.openReader()
        #expect(fifo.text().utf8.count == Fifo.capacity)
        writer.append(Array("last\n".utf8), level: .info)
        writer.flush(within: .seconds(5))
        #expect(fifo.text() == "last\ndropped 3\n")
    }

    @Test func linesThatNobodyCanReadAreCounted() throws {
        signal(SIGPIPE, SIG_IGN)
        let pipe = LogPipe()
        let writer = LogWriter(descriptor: pipe.descriptor)
        try pipe.closeReader()
        for _ in 0..<3 { writer.append(Array("x\n".utf8), level: .error) }
        writer.flush(within: .seconds(5))
        #expect(writer.figures.dropped == 3)
    }
}
