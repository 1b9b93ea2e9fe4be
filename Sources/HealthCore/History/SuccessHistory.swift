/// The successes of a component over days and months, by civil time, so that it goes on after a restart.
package struct SuccessHistory: Sendable {
    /// A span over which a long success ratio is computed.
    package enum Window: String, CaseIterable, Sendable {
        case day = "24h"
        case week = "7d"
        case month = "30d"
        case quarter = "90d"
    }

    /// Hours are kept for a week, which is the longest window that is computed from them.
    package static let hours = 7 * 24
    /// Days are kept for the longest window.
    package static let days = 90

    /// By hour.
    package private(set) var byHour = SuccessSeries(stepSeconds: 3600, capacity: hours)
    /// By day of UTC.
    package private(set) var byDay = SuccessSeries(stepSeconds: 86_400, capacity: days)

    /// Nothing counted yet.
    package init() {}

    /// Counts a run, or a slot that was lost.
    package mutating func record(isSuccess: Bool, at timestamp: Timestamp) {
        var count = SuccessCount()
        count.record(isSuccess: isSuccess)
        byHour.record(count, at: timestamp)
        byDay.record(count, at: timestamp)
    }

    /// Adds what was counted in an hour of an earlier process; `hour` counts from 1970.
    package mutating func add(_ count: SuccessCount, toHour hour: Int64) {
        byHour.add(count, to: hour)
        byDay.add(count, to: floorDivide(hour, 24).quotient)
    }

    /// Successes over all; nil when nothing happened.
    ///
    /// Windows of days hold today, too, and those of hours the current hour.
    package func ratio(_ window: Window, at now: Timestamp) -> Double? {
        let sum =
            switch window {
            case .day: byHour.sum(ofLast: 24, at: now)
            case .week: byHour.sum(ofLast: Self.hours, at: now)
            case .month: byDay.sum(ofLast: 30, at: now)
            case .quarter: byDay.sum(ofLast: Self.days, at: now)
            }
        let total = Double(sum.good) + Double(sum.bad)
        return total == 0 ? nil : Double(sum.good) / total
    }
}
