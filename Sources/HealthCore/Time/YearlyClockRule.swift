/// When clocks are set forward and back every year: the TZ string of POSIX (XBD §8.3), with the longer hours of RFC 9636 §3.3.1.
struct YearlyClockRule: Sendable, Hashable {
    /// A day of the year and a time of it.
    private enum Day: Sendable, Hashable {
        /// `Jn`: 1 to 365, 29 February not counted.
        case julian(Int64)
        /// `n`: 0 to 365.
        case zeroBased(Int64)
        /// `Mm.w.d`: the w-th weekday d of month m, the fifth being the last.
        case weekday(month: Int64, week: Int64, day: Int64)
    }

    /// When the clocks are set, by the clocks before.
    private struct Change: Sendable, Hashable {
        let day: Day
        /// Seconds of the day; may lie outside the day.
        let time: Int64
    }

    /// Summer time, which some zones have in winter.
    private struct Daylight: Sendable, Hashable {
        /// Seconds east of Greenwich.
        let offset: Int64
        let start: Change
        let end: Change
    }

    /// Seconds east of Greenwich.
    private let standard: Int64
    /// Nil when the clocks are never set.
    private let daylight: Daylight?

    /// A rule as a TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`; nil when it is none.
    init?(_ text: String) {
        var parser = ZoneStringParser(rest: text[...])
        guard parser.name(), let standard = parser.time() else { return nil }
        self.standard = -standard
        guard !parser.rest.isEmpty else {
            daylight = nil
            return
        }
        guard parser.name() else { return nil }
        var offset = self.standard + 3600
        if parser.rest.first != "," {
            guard let given = parser.time() else { return nil }
            offset = -given
        }
        guard let start = Self.change(&parser), let end = Self.change(&parser), parser.rest.isEmpty else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    /// Seconds east of Greenwich at a second since the epoch.
    func offset(second: Int64) -> Int64 {
        guard let daylight else { return standard }
        let year = CivilDate(dayNumber: floorDivide(second + standard, 86_400).quotient).year
        let start = Self.second(of: daylight.start, in: year) - standard
        let end = Self.second(of: daylight.end, in: year) - daylight.offset
        let isDaylight = start < end ? start <= second && second < end : !(end <= second && second < start)
        return isDaylight ? daylight.offset : standard
    }

    private static func change(_ parser: inout ZoneStringParser) -> Change? {
        guard parser.skip(",") else { return nil }
        let day: Day
        if parser.skip("M") {
            guard let month = parser.number(in: 1...12), parser.skip("."), let week = parser.number(in: 1...5),
                parser.skip("."),
                let weekday = parser.number(in: 0...6)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if parser.skip("J") {
            guard let number = parser.number(in: 1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = parser.number(in: 0...365) else { return nil }
            day = .zeroBased(number)
        }
        guard parser.skip("/") else { return Change(day: day, time: 7200) }
        return parser.time().map { Change(day: day, time: $0) }
    }

    /// The local second since the epoch, by the clocks before the change.
    private static func second(of change: Change, in year: Int64) -> Int64 {
        let newYear = CivilDate(year: year, month: 1, day: 1).dayNumber
        let day =
            switch change.day {
            case .julian(let number): newYear + number - 1 + (number >= 60 && isLeap(year) ? 1 : 0)
            case .zeroBased(let number): newYear + number
            case .weekday(let month, let week, let weekday):
                dayNumber(of: weekday, week: week, month: month, year: year)
            }
        return day * 86_400 + change.time
    }

    /// The day number of the n-th weekday of a month; the last one when the month has fewer.
    private static func dayNumber(of weekday: Int64, week: Int64, month: Int64, year: Int64) -> Int64 {
        let first = CivilDate(year: year, month: month, day: 1).dayNumber
        // 1970-01-01 was a Thursday.
        let firstWeekday = floorDivide(first + 4, 7).remainder
        let found = first + floorDivide(weekday - firstWeekday, 7).remainder + (week - 1) * 7
        return CivilDate(dayNumber: found).month == month ? found : found - 7
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }
}

/// Reads the parts of a TZ string (POSIX XBD §8.3) from its front.
private struct ZoneStringParser {
    /// What is not read yet.
    var rest: Substring

    /// Skips a character; false when another one stands there.
    mutating func skip(_ character: Character) -> Bool {
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    /// An abbreviation: letters, or anything in angle brackets.
    mutating func name() -> Bool {
        if skip("<") {
            guard let end = rest.firstIndex(of: ">") else { return false }
            rest = rest[rest.index(after: end)...]
            return true
        }
        let letters = rest.prefix { $0.isLetter }
        rest = rest.dropFirst(letters.count)
        return letters.count >= 3
    }

    /// A whole number within a range.
    mutating func number(in range: ClosedRange<Int64>) -> Int64? {
        let digits = rest.prefix { $0.isNumber }
        guard let number = Int64(digits), range.contains(number) else { return nil }
        rest = rest.dropFirst(digits.count)
        return number
    }

    /// `[+-]hh[:mm[:ss]]`, in seconds.
    mutating func time() -> Int64? {
        let isNegative = skip("-")
        if !isNegative { _ = skip("+") }
        guard var seconds = number(in: 0...167).map({ $0 * 3600 }) else { return nil }
        if skip(":") {
            guard let minutes = number(in: 0...59) else { return nil }
            seconds += minutes * 60
            if skip(":") {
                guard let rest = number(in: 0...59) else { return nil }
                seconds += rest
            }
        }
        return isNegative ? -seconds : seconds
    }
}
