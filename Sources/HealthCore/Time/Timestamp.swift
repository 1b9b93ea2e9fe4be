/// A point in civil time: nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted (POSIX time).
public struct Timestamp: Comparable, Hashable, Sendable {
    /// Nanoseconds since the epoch.
    public var nanosecondsSinceEpoch: Int64

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

    /// The timestamp `duration` later.
    package func advanced(by duration: Duration) -> Timestamp {
        let (sum, overflow) = nanosecondsSinceEpoch.addingReportingOverflow(duration.wholeNanoseconds)
        return Timestamp(nanosecondsSinceEpoch: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// RFC 3339 in UTC with milliseconds, such as `2026-12-01T22:00:00.000Z`.
    public var rfc3339: String {
        let milliseconds = floorDivide(nanosecondsSinceEpoch, 1_000_000)
        let second = floorDivide(milliseconds.quotient, 1000)
        let day = floorDivide(second.quotient, 86_400)
        let date = civilDate(day.quotient)
        let (hour, minute) = (day.remainder / 3600, day.remainder % 3600 / 60)
        let clock =
            "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(day.remainder % 60, 2)).\(padded(second.remainder, 3))"
        return "\(padded(date.year, 4))-\(padded(date.month, 2))-\(padded(date.day, 2))T\(clock)Z"
    }

    /// Year, month and day of a day number, in the proleptic Gregorian calendar.
    ///
    /// Eras of 400 years that start on 1 March, so that the leap day is the last of its year.
    private func civilDate(_ daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let era = floorDivide(daysSinceEpoch + 719_468, 146_097)
        let dayOfEra = era.remainder
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let year = yearOfEra + era.quotient * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

private func floorDivide(_ dividend: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}
