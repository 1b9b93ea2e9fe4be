/// The share of successes over the last 5 minutes, hour and day.
///
/// A window holds at least the last run of each check, so that the ratio of a check that runs less often than the window is long
/// does not come and go.
package struct SuccessWindows: Sendable {
    /// A span over which success is told.
    package enum Window: String, CaseIterable, Sendable {
        case fiveMinutes = "5m"
        case hour = "1h"
        case day = "24h"

        fileprivate var windowedRatio: WindowedRatio {
            switch self {
            case .fiveMinutes: WindowedRatio(step: .seconds(10), steps: 30)
            case .hour: WindowedRatio(step: .seconds(60), steps: 60)
            case .day: WindowedRatio(step: .seconds(900), steps: 96)
            }
        }

        fileprivate var length: Duration {
            switch self {
            case .fiveMinutes: .seconds(300)
            case .hour: .seconds(3600)
            case .day: .seconds(86_400)
            }
        }
    }

    /// What a window says.
    package struct Reading: Sendable {
        package let window: Window
        /// 0 to 1; nil when nothing happened yet.
        package let ratio: Double?
        /// Whether as much time as the window spans has passed since the first run.
        package let isFull: Bool
        /// Whether so little of it has passed, less than 5 %, that nobody should call it by its name.
        package let isTooShort: Bool
    }

    private struct Last {
        var moment: Moment
        var isSuccess: Bool
    }

    private var ratios = Window.allCases.map(\.windowedRatio)
    private var lastOfChecks: [CheckID: Last] = [:]
    private var first: Moment?

    package init() {}

    /// Counts a success or its opposite of a check.
    package mutating func record(isSuccess: Bool, of check: CheckID, at now: Moment) {
        if first == nil { first = now }
        lastOfChecks[check] = Last(moment: now, isSuccess: isSuccess)
        for index in ratios.indices { ratios[index].record(isSuccess: isSuccess, at: now) }
    }

    /// Forgets the last runs of checks that are gone; what they did still counts while it is within a window.
    package mutating func keep(only checks: some Sequence<CheckID>) {
        let kept = Set(checks)
        lastOfChecks = lastOfChecks.filter { kept.contains($0.key) }
    }

    /// What each window says.
    package func readings(at now: Moment) -> [Reading] {
        let age = first.map { $0.duration(to: now) } ?? .zero
        return zip(Window.allCases, ratios).map { window, ratio in
            var sums = ratio.sums(at: now)
            for last in lastOfChecks.values where !ratio.holds(last.moment, at: now) {
                if last.isSuccess { sums.good += 1 } else { sums.bad += 1 }
            }
            return Reading(
                window: window,
                ratio: sums.ratio,
                isFull: age >= window.length,
                isTooShort: age < window.length / 20
            )
        }
    }
}

/// Successes over all, in a window that moves in steps.
package struct WindowedRatio: Sendable {
    /// How many successes, and how many others.
    package struct Sums: Sendable {
        package var good = 0
        package var bad = 0

        /// Nil when there were none.
        package var ratio: Double? { good + bad == 0 ? nil : Double(good) / Double(good + bad) }
    }

    private struct Step {
        var number: Int64
        var good: UInt32 = 0
        var bad: UInt32 = 0
    }

    private let length: Int64
    private var ring: [Step]

    package init(step: Duration, steps: Int) {
        length = step.wholeNanoseconds
        ring = Array(repeating: Step(number: .min), count: steps)
    }

    package mutating func record(isSuccess: Bool, at now: Moment) {
        let number = now.nanoseconds / length
        let index = Int(number % Int64(ring.count))
        if ring[index].number != number { ring[index] = Step(number: number) }
        if isSuccess { ring[index].good += 1 } else { ring[index].bad += 1 }
    }

    /// Whether what happened at a moment is still within the window.
    package func holds(_ moment: Moment, at now: Moment) -> Bool {
        moment.nanoseconds / length >= oldest(at: now)
    }

    private func oldest(at now: Moment) -> Int64 {
        now.nanoseconds / length - Int64(ring.count) + 1
    }

    /// What happened within the window.
    package func sums(at now: Moment) -> Sums {
        let oldest = oldest(at: now)
        return ring.reduce(into: Sums()) { sums, step in
            guard step.number >= oldest else { return }
            sums.good += Int(step.good)
            sums.bad += Int(step.bad)
        }
    }
}
