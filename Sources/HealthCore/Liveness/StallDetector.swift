/// Finds loops that have stopped by their progress counters.
///
/// Pure: the watchdog reads the counters and passes the counts.
///
/// Time counts only while the watchdog itself ran: when it comes late, the whole process was starved or stopped, which says
/// nothing about single loops.
package struct StallDetector: Sendable {
    /// A loop that stopped, or makes progress again.
    package enum Change: Sendable, Equatable {
        case stalled(name: String, after: Duration)
        case recovered(name: String, after: Duration)
    }

    fileprivate struct Loop {
        let name: String
        var count: UInt64
        var age = Duration.zero
        var isStalled = false
    }

    private let bound: Duration
    private let period: Duration
    private var loops: [Loop]
    private var lastUpdate: Moment

    /// - Parameters:
    ///   - bound: the age from which on a loop counts as stalled.
    ///   - period: how often the watchdog reads the counters; of a longer gap, only twice this counts.
    package init(names: [String], bound: Duration, period: Duration, now: Moment) {
        self.bound = bound
        self.period = period
        loops = names.map { Loop(name: $0, count: 0) }
        lastUpdate = now
    }

    /// Reads the counts of all progress counters, in the order of `names`; returns what changed.
    package mutating func update(counts: [UInt64], now: Moment) -> [Change] {
        let seen = min(lastUpdate.duration(to: now), period * 2)
        lastUpdate = now
        var changes: [Change] = []
        for index in loops.indices where counts.indices.contains(index) {
            if let change = loops[index].update(count: counts[index], seen: seen, bound: bound) {
                changes.append(change)
            }
        }
        return changes
    }

    /// The names of the stalled loops.
    package var stalled: [String] {
        loops.filter(\.isStalled).map(\.name)
    }

    /// How long ago each loop was seen to make progress.
    package var ages: [(name: String, age: Duration)] {
        loops.map { ($0.name, $0.age) }
    }
}

extension StallDetector.Loop {
    fileprivate mutating func update(count: UInt64, seen: Duration, bound: Duration) -> StallDetector.Change? {
        if count == self.count {
            age += seen
            guard age >= bound, !isStalled else { return nil }
            isStalled = true
            return .stalled(name: name, after: age)
        }
        let lasted = age
        self.count = count
        age = .zero
        guard isStalled else { return nil }
        isStalled = false
        return .recovered(name: name, after: lasted)
    }
}
