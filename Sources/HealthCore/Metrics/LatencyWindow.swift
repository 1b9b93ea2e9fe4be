/// Durations of the last hour, in the buckets of a histogram; moves in steps of five minutes.
package struct LatencyWindow: Sendable {
    private static let length = Duration.seconds(300).wholeNanoseconds
    private static let steps = 12

    /// The steps in which a duration was recorded, oldest first.
    private var numbers: [Int64] = []
    /// The counts of each of these steps, one after the other: one array instead of twelve.
    private var counts: [UInt32] = []

    /// Nothing recorded yet.
    package init() {}

    /// How many buckets a step has.
    private var width: Int { numbers.isEmpty ? 0 : counts.count / numbers.count }

    private func counts(ofStep index: Int) -> ArraySlice<UInt32> {
        counts[index * width..<(index + 1) * width]
    }

    /// Counts a duration that fell into a bucket.
    package mutating func record(bucket: Int, of count: Int, at now: Moment) {
        // A run that is recorded late counts with the newest: steps ascend, and each is there once.
        let number = max(now.nanoseconds / Self.length, numbers.last ?? .min)
        if numbers.last != number {
            forget { $0 <= number - Int64(Self.steps) }
            numbers.append(number)
            counts += repeatElement(0, count: count)
        }
        counts[counts.count - count + bucket] += 1
    }

    private mutating func forget(_ isTooOld: (Int64) -> Bool) {
        let old = numbers.prefix(while: isTooOld).count
        counts.removeFirst(old * width)
        numbers.removeFirst(old)
    }

    /// The same in other buckets: what lay in one lies in the one that `buckets` names in its place.
    package func moved(to buckets: [Int], of count: Int) -> LatencyWindow {
        var moved = LatencyWindow()
        moved.numbers = numbers
        for index in numbers.indices {
            var step = [UInt32](repeating: 0, count: count)
            for (new, old) in zip(buckets, counts(ofStep: index)) { step[new] = old }
            moved.counts += step
        }
        return moved
    }

    /// Counts what another one of the same buckets has counted, too.
    package mutating func add(_ other: LatencyWindow) {
        var steps = Dictionary(uniqueKeysWithValues: numbers.indices.map { (numbers[$0], Array(counts(ofStep: $0))) })
        for index in other.numbers.indices {
            let more = other.counts(ofStep: index)
            steps[other.numbers[index], default: Array(repeating: 0, count: more.count)].add(more)
        }
        numbers = steps.keys.sorted()
        counts = numbers.flatMap { steps[$0] ?? [] }
    }

    /// How many fell into each bucket; empty when nothing did.
    package func counts(at now: Moment) -> [UInt64] {
        let oldest = now.nanoseconds / Self.length - Int64(Self.steps) + 1
        var sums: [UInt64] = []
        for index in numbers.indices where numbers[index] >= oldest {
            if sums.isEmpty { sums = Array(repeating: 0, count: width) }
            for (bucket, count) in counts(ofStep: index).enumerated() { sums[bucket] += UInt64(count) }
        }
        return sums
    }
}

extension [UInt32] {
    fileprivate mutating func add(_ others: some Sequence<UInt32>) {
        for (index, other) in others.enumerated() { self[index] += other }
    }
}
