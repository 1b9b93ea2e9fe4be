/// The share of successes over the last 5 minutes, hour and day.
///
/// A window holds at least the last run of each check: the ratio of a check whose interval is longer than the window stays there
/// between its runs.
package struct SuccessWindows: Sendable {
    /// A span over which the success ratio is computed.
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

    /// The ratio of a window at a moment.
    package struct Reading: Sendable {
        /// The span.
        package let window: Window
        /// 0 to 1; nil when nothing happened yet.
        package let ratio: Double?
        /// Whether as much time as the window spans has passed since the first run.
        package let isFull: Bool
        /// Whether less than 5 % of that time has passed, too little for a ratio of the window.
        package let isTooShort: Bool
    }

    private struct Last {
        var moment: Moment
        var isSuccess: Bool
    }

    private var ratios = Window.allCases.map(\.windowedRatio)
    private var lastOfChecks: [CheckID: Last] = [:]
    private var first: Moment?

    /// Nothing recorded yet.
    package init() {}

    /// Counts a run of a check, or a slot that was lost.
    package mutating func record(isSuccess: Bool, of check: CheckID, at now: Moment) {
        if first == nil { first = now }
        lastOfChecks[check] = Last(moment: now, isSuccess: isSuccess)
        for index in ratios.indices { ratios[index].record(isSuccess: isSuccess, at: now) }
    }

    /// Adds what was counted in a minute of an earlier process, which began at a moment before the start of this one.
    package mutating func add(_ count: SuccessCount, at moment: Moment) {
        first = min(first ?? moment, moment)
        for index in ratios.indices { ratios[index].add(count, at: moment) }
    }

    /// Drops the last runs of checks that are gone; their runs still count while they are within a window.
    package mutating func keep(only checks: some Sequence<CheckID>) {
        let kept = Set(checks)
        lastOfChecks = lastOfChecks.filter { kept.contains($0.key) }
    }

    /// The ratio of each window.
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
        /// Successes.
        package var good = 0
        /// Failures, timeouts and lost slots.
        package var bad = 0

        /// Nil when there were none.
        package var ratio: Double? { good + bad == 0 ? nil : Double(good) / Double(good + bad) }
    }

    private let length: Int64
    /// The steps up to the newest, each at its number modulo their count: without numbers, half as large.
    private var ring: [SuccessCount]
    /// The number of the step that was recorded last; nil before the first.
    private var newest: Int64?

    /// A window of so many steps.
    package init(step: Duration, steps: Int) {
        length = step.wholeNanoseconds
        ring = Array(repeating: SuccessCount(), count: steps)
    }

    /// Counts one.
    package mutating func record(isSuccess: Bool, at now: Moment) {
        var count = SuccessCount()
        count.record(isSuccess: isSuccess)
        add(count, at: now)
    }

    /// Adds counts to the step of a moment, which may lie before the start of the process.
    package mutating func add(_ count: SuccessCount, at moment: Moment) {
        let number = step(of: moment)
        moveOn(to: number)
        // Runs that end at about the same time may be recorded in any order, and one of them may be older than the window.
        guard let newest, number > newest - Int64(ring.count) else { return }
        ring[place(of: number)] += count
    }

    private func step(of moment: Moment) -> Int64 {
        floorDivide(moment.nanoseconds, length).quotient
    }

    /// Makes room for a step, if it is the newest.
    private mutating func moveOn(to number: Int64) {
        guard let newest else {
            newest = number
            return
        }
        guard number > newest else { return }
        // In those between nothing happened.
        for empty in max(newest + 1, number - Int64(ring.count) + 1)...number {
            ring[place(of: empty)] = SuccessCount()
        }
        self.newest = number
    }

    private func place(of number: Int64) -> Int {
        Int(floorDivide(number, Int64(ring.count)).remainder)
    }

    /// Whether a moment is still within the window.
    package func holds(_ moment: Moment, at now: Moment) -> Bool {
        step(of: moment) >= oldest(at: now)
    }

    private func oldest(at now: Moment) -> Int64 {
        step(of: now) - Int64(ring.count) + 1
    }

    /// The counts within the window.
    package func sums(at now: Moment) -> Sums {
        var sums = Sums()
        guard let newest else { return sums }
        let first = max(oldest(at: now), newest - Int64(ring.count) + 1)
        for number in stride(from: first, through: newest, by: 1) {
            let step = ring[place(of: number)]
            sums.good += Int(step.good)
            sums.bad += Int(step.bad)
        }
        return sums
    }
}
