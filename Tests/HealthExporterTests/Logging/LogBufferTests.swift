import Testing

@testable import HealthExporter

/// What waits for a reader: its order, its bound, and what becomes of lines that nobody can read.
struct LogBufferTests {
    private static func line(_ text: String) -> [UInt8] { Array("\(text)\n".utf8) }

    private static func report(_ count: UInt64) -> [UInt8] { line("dropped \(count)") }

    private static func next(_ buffer: inout LogBuffer) throws -> LogBuffer.Batch {
        let batch = buffer.nextBatch(droppedLine: report)
        return try #require(batch)
    }

    private static func isEmpty(_ buffer: inout LogBuffer, reports: Bool = true) -> Bool {
        if reports { return buffer.nextBatch(droppedLine: report) == nil }
        return buffer.nextBatch(droppedLine: nil) == nil
    }

    /// Takes batches out as long as there are some; each is written.
    private static func drain(_ buffer: inout LogBuffer) -> [String] {
        var batches: [String] = []
        while let batch = buffer.nextBatch(droppedLine: report) {
            batches.append(String(decoding: batch.bytes, as: UTF8.self))
            buffer.recordWritten()
        }
        return batches
    }

    @Test func nothingWaitsInAnEmptyBuffer() {
        var buffer = LogBuffer(limit: 100)
        #expect(Self.isEmpty(&buffer))
        #expect(buffer.dropped == 0)
    }

    @Test func linesAreWrittenTogetherInTheirOrder() {
        var buffer = LogBuffer(limit: 100)
        for text in ["a", "b", "c"] { buffer.append(Self.line(text)) }
        #expect(Self.drain(&buffer) == ["a\nb\nc\n"])
    }

    @Test func aBatchEndsWithTheLineThatFillsIt() {
        var buffer = LogBuffer(limit: .max)
        let long = Self.line(String(repeating: "x", count: 40 * 1024))
        for _ in 0..<5 { buffer.append(long) }
        #expect(Self.drain(&buffer).map(\.utf8.count) == [2 * long.count, 2 * long.count, long.count])
    }

    @Test(
        arguments: [
            // Lines of two bytes each.
            (10, 5, 0, "01234"), (10, 6, 1, "12345"), (2, 3, 2, "2"), (1, 3, 2, "2"), (0, 1, 0, "0"), (3, 4, 3, "3"),
        ]
    )
    func beyondTheLimitTheOldestAreDropped(limit: Int, count: Int, dropped: UInt64, kept: String) {
        var buffer = LogBuffer(limit: limit)
        for number in 0..<count { buffer.append(Self.line("\(number)")) }
        #expect(buffer.dropped == dropped)
        let lines = kept.map { "\($0)\n" }.joined()
        #expect(Self.drain(&buffer) == (dropped == 0 ? [lines] : [lines, "dropped \(dropped)\n"]))
    }

    @Test func bytesThatWereTakenOutNoLongerCount() {
        var buffer = LogBuffer(limit: 4)
        for _ in 0..<10 {
            buffer.append(Self.line("a"))
            buffer.append(Self.line("b"))
            #expect(Self.drain(&buffer) == ["a\nb\n"])
        }
        #expect(buffer.dropped == 0)
    }

    @Test func droppedLinesAreReportedOnceAndAfterThoseThatWait() {
        var buffer = LogBuffer(limit: 2)
        for text in ["a", "b", "c"] { buffer.append(Self.line(text)) }
        #expect(Self.drain(&buffer) == ["c\n", "dropped 2\n"])
        buffer.append(Self.line("d"))
        #expect(Self.drain(&buffer) == ["d\n"])
        for text in ["e", "f"] { buffer.append(Self.line(text)) }
        #expect(Self.drain(&buffer) == ["f\n", "dropped 1\n"])
        #expect(buffer.dropped == 3)
    }

    @Test func withoutAFormOfTheReportNothingIsReported() {
        var buffer = LogBuffer(limit: 2)
        for text in ["a", "b"] { buffer.append(Self.line(text)) }
        let batch = buffer.nextBatch(droppedLine: nil)
        #expect(batch?.bytes == Self.line("b"))
        buffer.recordWritten()
        #expect(Self.isEmpty(&buffer, reports: false))
        #expect(Self.drain(&buffer) == ["dropped 1\n"], "it is made up for later")
    }

    @Test(
        arguments: [
            // Bytes that were written of "a\nbb\n", and how many lines were lost.
            (0, 2), (1, 2), (2, 1), (3, 1), (4, 1),
        ]
    )
    func linesWhoseEndIsLostAreDropped(written: Int, lost: UInt64) throws {
        var buffer = LogBuffer(limit: 100)
        for text in ["a", "bb"] { buffer.append(Self.line(text)) }
        let batch = try Self.next(&buffer)
        buffer.recordLoss(of: batch, written: written)
        #expect(buffer.dropped == lost)
        // A line that was begun is ended first.
        let isTorn = ![0, 2].contains(written)
        buffer.append(Self.line("c"))
        #expect(Self.drain(&buffer) == [(isTorn ? "\n" : "") + "c\n", "dropped \(lost)\n"])
    }

    @Test func whileNothingCanBeWrittenNoReportIsTried() throws {
        var buffer = LogBuffer(limit: 100)
        buffer.append(Self.line("a"))
        let batch = try Self.next(&buffer)
        buffer.recordLoss(of: batch, written: 0)
        #expect(Self.isEmpty(&buffer))
        buffer.append(Self.line("b"))
        #expect(Self.drain(&buffer) == ["b\n", "dropped 1\n"])
    }

    @Test func aReportThatIsLostIsMadeAgainAndIsNoLostLine() throws {
        var buffer = LogBuffer(limit: 2)
        for text in ["a", "b", "c"] { buffer.append(Self.line(text)) }
        _ = buffer.nextBatch(droppedLine: Self.report)
        buffer.recordWritten()
        let report = try Self.next(&buffer)
        #expect(report.bytes == Self.report(2) && report.reportedDrops == 2)
        buffer.recordLoss(of: report, written: 0)
        #expect(buffer.dropped == 2)
        buffer.append(Self.line("d"))
        #expect(Self.drain(&buffer) == ["d\n", "dropped 2\n"])
    }

    @Test func theLineFeedThatEndsATornLineIsNoLine() throws {
        var buffer = LogBuffer(limit: 100)
        buffer.append(Self.line("aaa"))
        let batch = try Self.next(&buffer)
        buffer.recordLoss(of: batch, written: 2)
        for _ in 0..<3 {
            buffer.append(Self.line("b"))
            let batch = try Self.next(&buffer)
            #expect(batch.bytes == Array("\nb\n".utf8) && batch.endsTornLine)
            buffer.recordLoss(of: batch, written: 0)
        }
        #expect(buffer.dropped == 4)
        buffer.append(Self.line("c"))
        #expect(Self.drain(&buffer) == ["\nc\n", "dropped 4\n"])
    }

    @Test func onceTheTornLineWasEndedTheNextBatchBeginsWithALine() throws {
        var buffer = LogBuffer(limit: 100)
        buffer.append(Self.line("aaa"))
        let batch = try Self.next(&buffer)
        buffer.recordLoss(of: batch, written: 2)
        buffer.append(Self.line("b"))
        // The line feed came through, and nothing more.
        let ending = try Self.next(&buffer)
        buffer.recordLoss(of: ending, written: 1)
        buffer.append(Self.line("c"))
        #expect(Self.drain(&buffer) == ["c\n", "dropped 2\n"])
    }
}
