/// A point in civil time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
public struct Timestamp: Comparable, Hashable, Sendable {
    /// Nanoseconds since the epoch.
    public var nanosecondsSinceEpoch: Int64

    /// Earlier than anything that happens.
    package static let distantPast = Timestamp(nanosecondsSinceEpoch: .min)
    /// Later than anything that happens.
    package static let distantFuture = Timestamp(nanosecondsSinceEpoch: .max)

    /// A timestamp `nanosecondsSinceEpoch` after the epoch.
    public init(nanosecondsSinceEpoch: Int64) {
        self.nanosecondsSinceEpoch = nanosecondsSinceEpoch
    }

    /// Orders by time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.nanosecondsSinceEpoch < right.nanosecondsSinceEpoch
    }

    /// Seconds since the epoch, for metrics; whole seconds apart, because the nanoseconds alone fill more than a `Double` holds.
    package var seconds: Double {
        let second = floorDivide(nanosecondsSinceEpoch, 1_000_000_000)
        return Double(second.quotient) + Double(second.remainder) / 1e9
    }

    /// Whole minutes since the epoch.
    package var minute: Int64 { floorDivide(nanosecondsSinceEpoch, 60_000_000_000).quotient }

    /// The time from this timestamp to `other`; negative when `other` is earlier, and cut off at what 64 bits hold.
    package func duration(to other: Timestamp) -> Duration {
        let (span, overflow) = other.nanosecondsSinceEpoch.subtractingReportingOverflow(nanosecondsSinceEpoch)
        return .nanoseconds(overflow ? (other < self ? .min : .max) : span)
    }

    /// The timestamp `duration` later.
    package func advanced(by duration: Duration) -> Timestamp {
        let (sum, overflow) = nanosecondsSinceEpoch.addingReportingOverflow(duration.wholeNanoseconds)
        return Timestamp(nanosecondsSinceEpoch: overflow ? (duration < .zero ? .min : .max) : sum)
    }
}
