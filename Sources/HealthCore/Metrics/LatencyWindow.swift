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
