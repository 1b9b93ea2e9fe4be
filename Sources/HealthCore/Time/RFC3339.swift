extension Timestamp {
    /// RFC 3339 in UTC with milliseconds, such as `2026-12-01T22:00:00.000Z`.
    public var rfc3339: String {
        let milliseconds = floorDivide(nanosecondsSinceEpoch, 1_000_000)
        let second = floorDivide(milliseconds.quotient, 1000)
        let day = floorDivide(second.quotient, 86_400)
        let date = CivilDate(dayNumber: day.quotient)
        let clock = [day.remainder / 3600, day.remainder % 3600 / 60, day.remainder % 60].map { padded($0, to: 2) }
            .joined(separator: ":")
        let (month, dayOfMonth) = (padded(date.month, to: 2), padded(date.day, to: 2))
        return "\(padded(date.year, to: 4))-\(month)-\(dayOfMonth)T\(clock).\(padded(second.remainder, to: 3))Z"
    }

    private func padded(_ number: Int64, to width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    /// A time in RFC 3339 form with an offset, such as `2026-12-01T22:00:00Z` or `…T23:00:00.5+01:00`; nil for anything else.
    ///
    /// Digits of the fraction beyond nanoseconds are dropped. A leap second is the first second of the next minute.
    package init?(rfc3339 text: String) {
        var reader = RFC3339Reader(rest: text.utf8[...])
        guard let year = reader.number(digits: 4), reader.skip("-"), let month = reader.number(digits: 2),
            reader.skip("-"), let day = reader.number(digits: 2), reader.skip("Tt "),
            let hour = reader.number(digits: 2), reader.skip(":"), let minute = reader.number(digits: 2),
            reader.skip(":"), let second = reader.number(digits: 2), (1...12).contains(month), hour <= 23,
            minute <= 59, second <= 60, let fraction = reader.fraction(), let offset = reader.offset(),
            reader.rest.isEmpty
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard CivilDate(dayNumber: date.dayNumber) == date else { return nil }
        let seconds = date.dayNumber * 86_400 + hour * 3600 + minute * 60 + second - offset
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (nanoseconds, carry) = whole.addingReportingOverflow(fraction)
        guard !overflow, !carry else { return nil }
        self.init(nanosecondsSinceEpoch: nanoseconds)
    }
}

/// Reads the parts of a time from the front of a text.
private struct RFC3339Reader {
    private(set) var rest: Substring.UTF8View

    init(rest: Substring.UTF8View) {
        self.rest = rest
    }

    /// Skips one character out of `allowed`; false when another one stands there.
    mutating func skip(_ allowed: String) -> Bool {
        guard let first = rest.first, allowed.utf8.contains(first) else { return false }
        rest.removeFirst()
        return true
    }

    /// A number of exactly so many decimal digits.
    mutating func number(digits count: Int) -> Int64? {
        let digits = rest.prefix(count)
        guard digits.count == count, digits.allSatisfy(Self.isDigit) else { return nil }
        rest = rest.dropFirst(count)
        return digits.reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
    }

    /// A point with digits, in nanoseconds; 0 when there is no point.
    mutating func fraction() -> Int64? {
        guard skip(".") else { return 0 }
        let digits = rest.prefix(while: Self.isDigit)
        guard !digits.isEmpty else { return nil }
        rest = rest[digits.endIndex...]
        var (fraction, unit): (Int64, Int64) = (0, 100_000_000)
        for digit in digits {
            fraction += Int64(digit - UInt8(ascii: "0")) * unit
            unit /= 10
        }
        return fraction
    }

    /// `Z` or `±hh:mm`, in seconds east of Greenwich.
    mutating func offset() -> Int64? {
        if skip("Zz") { return 0 }
        let isWest = rest.first == UInt8(ascii: "-")
        guard skip("+-"), let hours = number(digits: 2), skip(":"), let minutes = number(digits: 2), hours <= 23,
            minutes <= 59
        else { return nil }
        return (hours * 3600 + minutes * 60) * (isWest ? -1 : 1)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
