/// A time in which alerts about components are suppressed.
public struct MaintenanceWindow: Sendable, Hashable {
    /// When it is.
    public enum Time: Sendable, Hashable {
        /// Once, from a time until another, the latter not included.
        case once(from: Timestamp, until: Timestamp)
        /// Every week.
        case weekly(WeeklyTime)
    }

    /// The components it covers; every one when nil.
    public let components: [String]?
    /// When it is.
    public let time: Time

    /// A window.
    public init(components: [String]?, time: Time) {
        self.components = components
        self.time = time
    }
}

/// A time that comes back every week by the clocks of a time zone.
public struct WeeklyTime: Sendable, Hashable {
    /// Days on which it begins, 0 for Sunday to 6 for Saturday.
    public let days: Set<Int>
    /// When it begins, in seconds of the day as clocks show it, 0 to 86,399.
    public let startOfDay: Int
    /// How long it lasts, at most a week.
    public let length: Duration
    /// Whose clocks.
    public let zone: TimeZoneRules

    /// A weekly time.
    public init(days: Set<Int>, startOfDay: Int, length: Duration, zone: TimeZoneRules) {
        self.days = days
        self.startOfDay = startOfDay
        self.length = length
        self.zone = zone
    }
}

extension MaintenanceWindow.Time {
    /// Whether it is at a moment, and the span around that moment in which the answer stays the same.
    package func state(at now: Timestamp) -> (isActive: Bool, since: Timestamp, until: Timestamp) {
        switch self {
        case .once(let from, let until):
            if now < from { return (false, .distantPast, from) }
            return now < until ? (true, from, until) : (false, until, .distantFuture)
        case .weekly(let weekly): return weekly.state(at: now)
        }
    }
}

extension WeeklyTime {
    /// Starts of the days around `now`, so many that one lies before and one behind it whatever the days are.
    fileprivate func state(at now: Timestamp) -> (isActive: Bool, since: Timestamp, until: Timestamp) {
        let today = zone.localDay(at: now)
        var (lastEnd, nextStart) = (Timestamp.distantPast, Timestamp.distantFuture)
        for day in (today - 15)...(today + 8) where days.contains(Int(((day + 4) % 7 + 7) % 7)) {
            let start = zone.timestamp(day: day, secondOfDay: startOfDay)
            let end = start.advanced(by: length)
            if start <= now, now < end { return (true, start, end) }
            if end <= now { lastEnd = max(lastEnd, end) }
            if start > now { nextStart = min(nextStart, start) }
        }
        return (false, lastEnd, nextStart)
    }
}
