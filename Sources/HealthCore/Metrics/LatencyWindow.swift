/// Durations of the last hour, in the buckets of a histogram; moves in steps of five minutes.
package struct LatencyWindow: Sendable {
    private struct Step: Sendable {
        var number: Int64
        var counts: [UInt32]
    }

    private static let length = Duration.seconds(300).wholeNanoseconds
    private static let steps = 12

    /// Only steps in which something happened take room.
    private var recent: [Step] = []

    package init() {}

    /// Counts a duration that fell into a bucket.
    package mutating func record(bucket: Int, of count: Int, at now: Moment) {
        let number = now.nanoseconds / Self.length
        if recent.last?.number != number {
            recent.removeAll { $0.number <= number - Int64(Self.steps) }
            recent.append(Step(number: number, counts: Array(repeating: 0, count: count)))
        }
        recent[recent.count - 1].counts[bucket] += 1
    }

    /// The same in other buckets: what lay in one lies in the one that `buckets` names in its place.
    package func moved(to buckets: [Int], of count: Int) -> LatencyWindow {
        var moved = self
        moved.recent = recent.map { step in
            var counts = [UInt32](repeating: 0, count: count)
            for (old, new) in buckets.enumerated() { counts[new] = step.counts[old] }
            return Step(number: step.number, counts: counts)
        }
        return moved
    }

    /// Counts what another one of the same buckets has counted, too.
    package mutating func add(_ other: LatencyWindow) {
        for step in other.recent {
            if let index = recent.firstIndex(where: { $0.number == step.number }) {
                for (bucket, count) in step.counts.enumerated() { recent[index].counts[bucket] += count }
            } else {
                recent.append(step)
            }
        }
        recent.sort { $0.number < $1.number }
    }

    /// How many fell into each bucket; empty when nothing did.
    package func counts(at now: Moment) -> [UInt64] {
        let oldest = now.nanoseconds / Self.length - Int64(Self.steps) + 1
        var sums: [UInt64] = []
        for step in recent where step.number >= oldest {
            if sums.isEmpty { sums = Array(repeating: 0, count: step.counts.count) }
            for (index, count) in step.counts.enumerated() { sums[index] += UInt64(count) }
        }
        return sums
    }
}
