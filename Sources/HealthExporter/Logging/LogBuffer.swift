import DequeModule

/// Lines that wait for a descriptor: bounded, and beyond that the oldest are dropped and counted.
///
/// Pure: lines in, batches out, and for each batch whether it was written.
struct LogBuffer {
    /// What is written at once.
    struct Batch: Equatable {
        /// The lines one after another, each with its line feed.
        fileprivate(set) var bytes: [UInt8] = []
        /// How many dropped lines it reports; such a batch has no other lines.
        fileprivate(set) var reportedDrops: UInt64 = 0
        /// Whether its first byte is a line feed that ends a torn line.
        fileprivate(set) var endsTornLine = false
    }

    /// Lines are joined until a batch has this many bytes.
    private static let batchBytes = 64 * 1024

    private let limit: Int
    private var lines = Deque<[UInt8]>()
    /// Of all lines that wait.
    private var bytes = 0
    /// How many lines were dropped.
    private(set) var dropped: UInt64 = 0
    /// How many of them no line has reported yet.
    private var unreported: UInt64 = 0
    /// Whether the last batch could not be written; a report of dropped lines could not either, then.
    private var isBroken = false
    /// Whether the descriptor ends with a line without its line feed.
    private var isTorn = false

    /// - Parameter limit: bytes that may wait.
    init(limit: Int) {
        self.limit = limit
    }

    /// Adds a line with its line feed; drops the oldest ones beyond the limit, never the new one.
    mutating func append(_ line: [UInt8]) {
        lines.append(line)
        bytes += line.count
        while bytes > limit, lines.count > 1, let oldest = lines.popFirst() {
            bytes -= oldest.count
            dropped += 1
            unreported += 1
        }
    }

    /// The lines that wait, as many as go at once; when there are none, a report of dropped lines; nil without either.
    mutating func nextBatch(droppedLine: ((UInt64) -> [UInt8])?) -> Batch? {
        var batch = Batch()
        while batch.bytes.count < Self.batchBytes, let line = lines.popFirst() {
            bytes -= line.count
            batch.bytes += line
        }
        if batch.bytes.isEmpty, !isBroken, unreported > 0, let droppedLine {
            (batch.bytes, batch.reportedDrops) = (droppedLine(unreported), unreported)
            unreported = 0
        }
        guard !batch.bytes.isEmpty else { return nil }
        if isTorn {
            batch.bytes.insert(UInt8(ascii: "\n"), at: 0)
            batch.endsTornLine = true
        }
        return batch
    }

    /// A batch was written as a whole.
    mutating func recordWritten() {
        (isBroken, isTorn) = (false, false)
    }

    /// Of a batch only the first `written` bytes could be written: the lines that end in the rest are dropped.
    mutating func recordLoss(of batch: Batch, written: Int) {
        let rest = batch.bytes.dropFirst(batch.endsTornLine && written == 0 ? 1 : written)
        let lost = UInt64(rest.count { $0 == UInt8(ascii: "\n") })
        if batch.reportedDrops == 0 { dropped += lost }
        // A report that is lost is made again later.
        unreported += batch.reportedDrops == 0 ? lost : batch.reportedDrops
        isBroken = true
        isTorn = written == 0 ? batch.endsTornLine : batch.bytes[written - 1] != UInt8(ascii: "\n")
    }
}
