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

    private func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

/// The quotient rounded down, and what remains, which is never negative.
func floorDivide(_ dividend: Int64, _ divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = dividend.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
}

/// Year, month and day of a day number, in the proleptic Gregorian calendar.
///
/// Eras of 400 years that start on 1 March, so that the leap day is the last of its year.
func civilDate(_ daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let era = floorDivide(daysSinceEpoch + 719_468, 146_097)
    let dayOfEra = era.remainder
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = yearOfEra + era.quotient * 400 + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
}

/// The year that a day number lies in.
func yearOf(day: Int64) -> Int64 {
    civilDate(day).year
}

/// The day number of a date, in the proleptic Gregorian calendar; the reverse of `civilDate`.
func daysSinceEpoch(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let marchYear = month <= 2 ? year - 1 : year
    let era = floorDivide(marchYear, 400)
    let monthFromMarch = (month + 9) % 12
    let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
    let dayOfEra = era.remainder * 365 + era.remainder / 4 - era.remainder / 100 + dayOfYear
    return era.quotient * 146_097 + dayOfEra - 719_468
}

extension Timestamp {
    /// Earlier than anything that happens.
    package static let distantPast = Timestamp(nanosecondsSinceEpoch: .min)
    /// Later than anything that happens.
    package static let distantFuture = Timestamp(nanosecondsSinceEpoch: .max)

    /// A time in RFC 3339 form with an offset, such as `2026-12-01T22:00:00Z` or `…T23:00:00.5+01:00`; nil for anything else.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            guard range.upperBound <= bytes.count, bytes[range].allSatisfy({ (48...57).contains($0) }) else {
                return nil
            }
            return bytes[range].reduce(0) { $0 * 10 + Int64($1 - 48) }
        }
        guard bytes.count >= 20, let year = number(0..<4), let month = number(5..<7), let day = number(8..<10),
            let hour = number(11..<13), let minute = number(14..<16), let second = number(17..<19),
            bytes[4] == 45, bytes[7] == 45, [84, 116, 32].contains(bytes[10]), bytes[13] == 58, bytes[16] == 58,
            (1...12).contains(month), hour <= 23, minute <= 59, second <= 60
        else { return nil }
        let date = daysSinceEpoch(year, month, day)
        guard civilDate(date) == (year, month, day) else { return nil }
        var position = 19
        var fraction: Int64 = 0
        if bytes[position] == 46 {
            let digits = bytes[(position + 1)...].prefix { (48...57).contains($0) }
            guard !digits.isEmpty else { return nil }
            var unit: Int64 = 100_000_000
            for digit in digits {
                fraction += Int64(digit - 48) * unit
                unit /= 10
            }
            position += 1 + digits.count
        }
        var offset: Int64 = 0
        let zone = Array(bytes[position...])
        if zone != [90] && zone != [122] {
            guard zone.count == 6, zone[0] == 43 || zone[0] == 45, zone[3] == 58,
                let hours = number(position + 1..<position + 3), let minutes = number(position + 4..<position + 6),
                hours <= 23, minutes <= 59
            else { return nil }
            offset = (hours * 3600 + minutes * 60) * (zone[0] == 45 ? -1 : 1)
        }
        let seconds = date * 86_400 + hour * 3600 + minute * 60 + second - offset
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (nanoseconds, carry) = whole.addingReportingOverflow(fraction)
        guard !overflow, !carry else { return nil }
        self.init(nanosecondsSinceEpoch: nanoseconds)
    }
}
