import NIOCore

/// Requests of a connection that were sent ahead of the answer to the one before (RFC 9112 §9.3.2), and how long their answers wait.
///
/// A thousand of them would keep the event loop from everybody else for as long as they take: behind some that are answered at once, the
/// others have their turn, a longer one each time.
struct PipelinedRequests {
    /// How many are answered at once.
    private static let atOnce = 8
    /// The turn of the others lasts a millisecond at first, and doubles so often: 16 ms at most.
    private static let doublings = 4

    /// How many came in a row.
    private var count = 0
    /// Whether requests come that were read together.
    private var isReading = false
    /// Whether requests come that waited for the answer before them.
    var isPassingEnd = false

    /// A request begins.
    mutating func begin() {
        count = isReading || isPassingEnd ? count + 1 : 0
        if !isPassingEnd { isReading = true }
    }

    /// All that was read has come.
    mutating func readEnded() {
        isReading = false
    }

    /// How long the answer to the last one waits.
    var turnOfOthers: TimeAmount? {
        guard count > 0, count.isMultiple(of: Self.atOnce) else { return nil }
        return .milliseconds(1 << Int64(min(count / Self.atOnce - 1, Self.doublings)))
    }
}
