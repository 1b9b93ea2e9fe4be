import HealthCore
import NIOCore

/// Lets a request pass for each token; a token comes every interval, up to a burst.
///
/// Pure: the time is passed in.
struct TokenBucket: Sendable {
    private let interval: Int64
    private let burst: Int64
    /// When the bucket is full again if nobody comes.
    private var fullAt = NIODeadline.uptimeNanoseconds(0)

    /// A full bucket; nil for settings without a limit.
    init?(_ settings: RateLimitSettings) {
        guard settings.interval > .zero else { return nil }
        interval = max(1, settings.interval.wholeNanoseconds)
        burst = Int64(max(1, settings.burst))
    }

    /// Removes a token; false when there is none.
    mutating func removeToken(at now: NIODeadline) -> Bool {
        let (missing, overflow) = max(fullAt, now).uptimeNanoseconds.subtractingReportingOverflow(now.uptimeNanoseconds)
        let (room, tooMuch) = burst.multipliedReportingOverflow(by: interval)
        guard !overflow, tooMuch || missing <= UInt64(room - interval) else { return false }
        fullAt = max(fullAt, now) + .nanoseconds(interval)
        return true
    }
}
