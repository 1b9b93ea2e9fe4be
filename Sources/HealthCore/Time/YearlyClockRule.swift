/// When clocks are set forward and back every year: the TZ string of POSIX (XBD §8.3), with the longer hours of RFC 9636 §3.3.1.
struct YearlyClockRule: Sendable, Equatable {
    /// A day of the year and a time of it.
    private enum Day: Sendable, Equatable {
        /// `Jn`: 1 to 365, 29 February not counted.
        case julian(Int64)
        /// `n`: 0 to 365.
        case zeroBased(Int64)
        /// `Mm.w.d`: the w-th weekday d of month m, the fifth being the last.
        case weekday(month: Int64, week: Int64, day: Int64)
    }

    private struct Change: Sendable, Equatable {
        let day: Day
        let time: Int64
    }

    /// Seconds east of Greenwich.
    private let standard: Int64
    private let daylight: (offset: Int64, start: Change, end: Change)?

    static func == (left: YearlyClockRule, right: YearlyClockRule) -> Bool {
        guard left.standard == right.standard else { return false }
        switch (left.daylight, right.daylight) {
        case (nil, nil): return true
        case (let left?, let right?): return left == right
        default: return false
        }
    }

    init?(_ text: String) {
        var parser = Parser(rest: text[...])
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
        daylight = (offset, start, end)
    }

    /// Seconds east of Greenwich at a second since the epoch.
    func offset(second: Int64) -> Int64 {
        guard let daylight else { return standard }
        let year = yearOf(day: floorDivide(second + standard, 86_400).quotient)
        let start = Self.second(of: daylight.start, year) - standard
        let end = Self.second(of: daylight.end, year) - daylight.offset
        let isDaylight = start < end ? start <= second && second < end : !(end <= second && second < start)
        return isDaylight ? daylight.offset : standard
    }

    private static func change(_ parser: inout Parser) -> Change? {
        guard parser.take(",") else { return nil }
        let day: Day
        if parser.take("M") {
            guard let month = parser.number(in: 1...12), parser.take("."), let week = parser.number(in: 1...5),
                parser.take("."),
                let weekday = parser.number(in: 0...6)
            else { return nil }
            day = .weekday(month: month, week: week, day: weekday)
        } else if parser.take("J") {
            guard let number = parser.number(in: 1...365) else { return nil }
            day = .julian(number)
        } else {
            guard let number = parser.number(in: 0...365) else { return nil }
            day = .zeroBased(number)
        }
        guard parser.take("/") else { return Change(day: day, time: 7200) }
        return parser.time().map { Change(day: day, time: $0) }
    }

    /// The local second since the epoch, by the clocks before the change.
    private static func second(of change: Change, _ year: Int64) -> Int64 {
        let day: Int64
        switch change.day {
        case .julian(let number):
            let isBehindFebruary = number >= 60 && isLeap(year)
            day = daysSinceEpoch(year, 1, 1) + number - 1 + (isBehindFebruary ? 1 : 0)
        case .zeroBased(let number): day = daysSinceEpoch(year, 1, 1) + number
        case .weekday(let month, let week, let weekday):
            let first = daysSinceEpoch(year, month, 1)
            let firstWeekday = floorDivide(first + 4, 7).remainder
            var found = first + floorDivide(weekday - firstWeekday, 7).remainder + (week - 1) * 7
            let next = month == 12 ? daysSinceEpoch(year + 1, 1, 1) : daysSinceEpoch(year, month + 1, 1)
            while found >= next { found -= 7 }
            day = found
        }
        return day * 86_400 + change.time
    }

    private static func isLeap(_ year: Int64) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    private struct Parser {
        var rest: Substring

        mutating func take(_ character: Character) -> Bool {
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        /// An abbreviation: letters, or anything in angle brackets.
        mutating func name() -> Bool {
            if take("<") {
                guard let end = rest.firstIndex(of: ">") else { return false }
                rest = rest[rest.index(after: end)...]
                return true
            }
            let letters = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(letters.count)
            return letters.count >= 3
        }

        mutating func number(in range: ClosedRange<Int64>) -> Int64? {
            let digits = rest.prefix { $0.isNumber }
            guard let number = Int64(digits), range.contains(number) else { return nil }
            rest = rest.dropFirst(digits.count)
            return number
        }

        /// `[+-]hh[:mm[:ss]]`, in seconds.
        mutating func time() -> Int64? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard var seconds = number(in: 0...167).map({ $0 * 3600 }) else { return nil }
            if take(":") {
                guard let minutes = number(in: 0...59) else { return nil }
                seconds += minutes * 60
                if take(":") {
                    guard let rest = number(in: 0...59) else { return nil }
                    seconds += rest
                }
            }
            return isNegative ? -seconds : seconds
        }
    }
}
