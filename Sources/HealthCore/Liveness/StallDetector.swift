/// Tells from beats which watermarks have stopped.
///
/// Pure: the watchdog looks and says what it saw.
///
/// Time counts only as far as the watchdog itself was awake: when it comes late, the whole process was starved or stopped, and
/// that says nothing about the rest.
package struct StallDetector: Sendable {
    /// A watermark that stopped, or beats again.
    ///
    package enum Change: Sendable, Equatable {
        case stalled(name: String, after: Duration)
        case recovered(name: String, after: Duration)
    }

    fileprivate struct Mark {
        let name: String
        var beats: UInt64
        var age = Duration.zero
        var isStalled = false
    }

    private let bound: Duration
    private let period: Duration
    private var marks: [Mark]
    private var lastLook: Moment

    /// - Parameters:
    ///   - bound: the age from which on a watermark counts as stalled.
    ///   - period: how often the watchdog looks; of a longer gap, only twice this counts.
    package init(names: [String], bound: Duration, period: Duration, now: Moment) {
        self.bound = bound
        self.period = period
        marks = names.map { Mark(name: $0, beats: 0) }
        lastLook = now
    }

    /// Takes the beats of all watermarks, in the order of `names`; returns what changed.
    package mutating func look(beats: [UInt64], now: Moment) -> [Change] {
        let seen = min(lastLook.duration(to: now), period * 2)
        lastLook = now
        var changes: [Change] = []
        for index in marks.indices where beats.indices.contains(index) {
            if let change = marks[index].look(beats[index], seen, bound) { changes.append(change) }
        }
        return changes
    }

    /// The names of the stalled watermarks.
    package var stalled: [String] {
        marks.filter(\.isStalled).map(\.name)
    }

    /// How long ago each watermark was seen to beat.
    package var ages: [(name: String, age: Duration)] {
        marks.map { ($0.name, $0.age) }
    }
}

extension StallDetector.Mark {
    fileprivate mutating func look(_ beats: UInt64, _ seen: Duration, _ bound: Duration) -> StallDetector.Change? {
        if beats == self.beats {
            age += seen
            guard age >= bound, !isStalled else { return nil }
            isStalled = true
            return .stalled(name: name, after: age)
        }
        let lasted = age
        self.beats = beats
        age = .zero
        guard isStalled else { return nil }
        isStalled = false
        return .recovered(name: name, after: lasted)
    }
}
