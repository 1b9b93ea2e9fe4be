/// Counts by hour or by day of civil time, the newest and so many before it.
///
/// It grows with time: a process that runs for an hour has one entry.
package struct SuccessSeries: Sendable {
    /// The length of a step in seconds; steps begin at multiples of it since 1970, so that days are those of UTC.
    package let stepSeconds: Int64
    /// As many steps are kept.
    package let capacity: Int
    /// The number of the step of the last count.
    private var newest: Int64 = 0
    /// Up to the newest step.
    private var counts: [SuccessCount] = []

    /// Nothing counted yet.
    package init(stepSeconds: Int64, capacity: Int) {
        (self.stepSeconds, self.capacity) = (stepSeconds, capacity)
    }

    /// The number of the step of a time.
    package func step(of timestamp: Timestamp) -> Int64 {
        floorDivide(timestamp.nanosecondsSinceEpoch, stepSeconds * 1_000_000_000).quotient
    }

    /// Adds counts to a step; what is older than the capacity is dropped.
    package mutating func add(_ count: SuccessCount, to step: Int64) {
        if counts.isEmpty {
            (newest, counts) = (step, [count])
        } else if step > newest {
            let gap = step - newest
            if gap >= Int64(capacity) {
                counts = []
            } else {
                counts.append(contentsOf: repeatElement(SuccessCount(), count: Int(gap) - 1))
            }
            counts.append(count)
            newest = step
            if counts.count > capacity { counts.removeFirst(counts.count - capacity) }
        } else {
            let age = newest - step
            guard age < Int64(capacity) else { return }
            let missing = Int(age) + 1 - counts.count
            if missing > 0 { counts.insert(contentsOf: repeatElement(SuccessCount(), count: missing), at: 0) }
            counts[counts.count - 1 - Int(age)] += count
        }
    }

    /// The last `length` steps up to the one of a time, oldest first.
    package func last(_ length: Int, at now: Timestamp) -> [(step: Int64, count: SuccessCount)] {
        let current = step(of: now)
        return (0..<Int64(length)).map { offset in
            let step = current - Int64(length) + 1 + offset
            return (step, count(of: step))
        }
    }

    /// The sum of the last `length` steps up to the one of a time.
    package func sum(ofLast length: Int, at now: Timestamp) -> SuccessCount {
        let (current, first) = (step(of: now), newest - Int64(counts.count) + 1)
        var sum = SuccessCount()
        let oldest = max(first, current - Int64(length) + 1)
        guard !counts.isEmpty, oldest <= newest else { return sum }
        for step in oldest...min(newest, max(current, oldest)) { sum += count(of: step) }
        return sum
    }

    /// When the oldest step that has a count began; nil when nothing was counted.
    package var oldest: Timestamp? {
        guard let index = counts.firstIndex(where: { !$0.isEmpty }) else { return nil }
        let step = newest - Int64(counts.count - 1 - index)
        return Timestamp(nanosecondsSinceEpoch: step * stepSeconds * 1_000_000_000)
    }

    private func count(of step: Int64) -> SuccessCount {
        let index = counts.count - 1 - Int(newest - step)
        return counts.indices.contains(index) ? counts[index] : SuccessCount()
    }
}
