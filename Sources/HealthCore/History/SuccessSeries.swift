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

    /// Adds a count of now; when the clock was set far back, what it counted in the future is dropped.
    package mutating func record(_ count: SuccessCount, at now: Timestamp) {
        let step = step(of: now)
        if !counts.isEmpty, newest - step >= Int64(capacity) { counts = [] }
        add(count, to: step)
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

    private func count(of step: Int64) -> SuccessCount {
        let index = counts.count - 1 - Int(newest - step)
        return counts.indices.contains(index) ? counts[index] : SuccessCount()
    }
}
