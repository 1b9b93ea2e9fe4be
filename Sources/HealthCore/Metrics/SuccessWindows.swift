/// The share of successes over the last 5 minutes, hour and day.
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
    }

    private var ratios = Window.allCases.map(\.windowedRatio)

    package init() {}

    /// Counts a success or its opposite.
    package mutating func record(isSuccess: Bool, at now: Moment) {
        for index in ratios.indices { ratios[index].record(isSuccess: isSuccess, at: now) }
    }

    /// The ratio in each window, 0 to 1; nil when nothing happened in it.
    package func ratios(at now: Moment) -> [(window: Window, ratio: Double?)] {
        zip(Window.allCases, ratios).map { ($0, $1.ratio(at: now)) }
    }
}

/// Successes over all, in a window that moves in steps.
package struct WindowedRatio: Sendable {
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

    package func ratio(at now: Moment) -> Double? {
        let oldest = now.nanoseconds / length - Int64(ring.count) + 1
        let (good, bad) = ring.reduce(into: (0, 0)) { sums, step in
            guard step.number >= oldest else { return }
            sums.0 += Int(step.good)
            sums.1 += Int(step.bad)
        }
        return good + bad == 0 ? nil : Double(good) / Double(good + bad)
    }
}
