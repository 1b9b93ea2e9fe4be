import Foundation
import HealthCore
import HealthTesting
import Logging
import Testing

@testable import HealthExporter

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Lines as a collector gets them.
struct LogTests {
    /// A pipe whose reader reads when the test says so.
    private final class LogPipe {
        private let pipe = Pipe()

        var descriptor: Int32 { pipe.fileHandleForWriting.fileDescriptor }

        func lines(_ writer: LogWriter) -> [String] {
            writer.flush(within: .seconds(5))
            try? pipe.fileHandleForWriting.close()
            return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
                separator: "\n"
            ).map(String.init)
        }

        func closeReader() throws {
            try pipe.fileHandleForReading.close()
        }
    }

    private static let identity = ServiceIdentity(name: "orders", environment: "prod", version: "1", instance: "i")

    private static func line(
        _ format: ExporterConfiguration.LogFormat = .json,
        _ log: (Logger) -> Void
    ) throws -> String {
        let pipe = LogPipe()
        let writer = LogWriter(descriptor: pipe.descriptor)
        let sink = LogSink(
            writer: writer,
            identity: identity,
            wallClock: ManualWallClock(following: ManualClock()),
            format: format
        )
        log(sink.logger(level: .debug))
        return try #require(pipe.lines(writer).first)
    }

    @Test func keysComeInTheOrderOfTheContract() throws {
        let line = try Self.line { logger in
            logger.warning(
                "The status of a check changed.",
                metadata: [
                    "trace_id": "t", "reason": "timeout", "event": "check.status_changed", "zebra": "z",
                    "component": "c",
                    "duration_seconds": .stringConvertible(0.25), "consecutive_failures": .stringConvertible(3),
                    "error": "e", "target": "db:5432", "drill": .stringConvertible(true),
                ]
            )
        }
        let keys = line.matches(of: /"([a-z_]+)":/).map { String($0.1) }
        #expect(
            keys == [
                "timestamp", "level", "message", "event", "service", "environment", "version", "instance", "component",
                "reason",
                "duration_seconds", "consecutive_failures", "trace_id", "target", "drill", "error", "zebra",
            ]
        )
        #expect(line.contains(#""duration_seconds":0.25,"consecutive_failures":3"#))
        #expect(line.hasPrefix(#"{"timestamp":"20"#) && line.contains(#""level":"warning""#))
    }

    @Test func hostileTextStaysOnOneShortLine() throws {
        let hostile =
            String(repeating: "\u{1b}", count: 3000) + "\n{\"level\":\"info\"}\u{1b}[31m\u{2028}\u{7f}"
            + String(repeating: "\"", count: 1_000_000)
        let line = try Self.line { $0.error("m", metadata: ["error": .string(hostile), "other": .string(hostile)]) }
        #expect(line.utf8.count <= 16 * 1024)
        #expect(line.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f } && !line.contains("\u{2028}"))
        #expect(try JSONSerialization.jsonObject(with: Data(line.utf8)) is [String: Any])
    }

    @Test func textIsForPeople() throws {
        let line = try Self.line(.text) { $0.notice("Hello.", metadata: ["event": "x", "error": "a\nb"]) }
        #expect(line.hasSuffix(#"notice   Hello. event=x error=a\u{a}b"#))
    }

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

    /// A named pipe whose reader goes and comes back.
    private final class Fifo {
        private let path = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
        private var reader: Int32 = -1
        private(set) var writer: Int32 = -1

        /// So much fits into a pipe (pipe(7)).
        static let capacity = 65_536

        init() throws {
            let made = unsafe mkfifo(path, 0o600)
            try #require(made == 0)
            reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
            writer = unsafe open(path, O_WRONLY | O_NONBLOCK)
            try #require(reader >= 0 && writer >= 0)
        }

        deinit {
            close(reader)
            close(writer)
            unsafe unlink(path)
        }

        func closeReader() {
            close(reader)
            reader = -1
        }

        func openReader() throws {
            reader = unsafe open(path, O_RDONLY | O_NONBLOCK)
            try #require(reader >= 0)
        }

        /// Waits until so many bytes are there to be read.
        func waitFor(_ count: Int) {
            var waiting: Int32 = 0
            while waiting < count { _ = unsafe ioctl(reader, UInt(FIONREAD), &waiting) }
        }

        func text() -> String {
            var bytes = [UInt8](repeating: 0, count: 2 * Self.capacity)
            let count = unsafe read(reader, &bytes, bytes.count)
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
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
