/// A point on the process's monotonic time line: nanoseconds since the process started.
///
/// A plain integer, because the schedule compares and adds moments thousands of times a second. 2^63 ns are 292 years.
public struct Moment: Comparable, Hashable, Sendable {
    /// Nanoseconds since the process started.
    public var nanoseconds: Int64

    /// The process's start.
    public static let zero = Moment(nanoseconds: 0)

    /// Later than anything that happens.
    public static let distantFuture = Moment(nanoseconds: .max)

    /// A moment that lies `nanoseconds` after the start.
    public init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The moment `duration` later; stops at `distantFuture`, and as far before the start.
    public func advanced(by duration: Duration) -> Moment {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Moment(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The time from this moment to `other`; negative when `other` is earlier.
    public func duration(to other: Moment) -> Duration {
        .nanoseconds(other.nanoseconds) - .nanoseconds(nanoseconds)
    }

    /// Orders by time.
    public static func < (left: Moment, right: Moment) -> Bool {
        left.nanoseconds < right.nanoseconds
    }
}

extension Duration {
    /// Whole nanoseconds, cut off at what 64 bits hold.
    package var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carry) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carry ? (seconds < 0 ? .min : .max) : sum
    }

    /// Seconds as a floating-point number, for metrics and documents; rounded once, so that 1118 ms are 1.118.
    package var seconds: Double {
        Double(wholeNanoseconds) / 1e9
    }
}
