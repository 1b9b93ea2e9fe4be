/// Counts durations in buckets; a bucket holds what is at most its bound.
package struct LatencyHistogram: Sendable {
    /// A run that stands for a bucket: OpenMetrics 1.0, exemplars.
    package struct Exemplar: Sendable {
        package let traceID: TraceID
        package let value: Duration
        package let timestamp: Timestamp
    }

    /// Ascending upper bounds in nanoseconds; beyond the last one lies `+Inf`.
    private let bounds: [Int64]
    /// One more than bounds; not cumulative.
    private var counts: [UInt64]
    /// The latest exemplar of each bucket.
    package private(set) var exemplars: [Exemplar?]
    private var sumNanoseconds: Int64 = 0
    private var lastHour = LatencyWindow()

    package init(bounds: [Duration]) {
        self.bounds = bounds.map(\.wholeNanoseconds)
        precondition(zip(self.bounds, self.bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
        counts = Array(repeating: 0, count: bounds.count + 1)
        exemplars = Array(repeating: nil, count: bounds.count + 1)
    }

    /// Whether these are its bounds.
    package func has(bounds: [Duration]) -> Bool {
        self.bounds == bounds.map(\.wholeNanoseconds)
    }

    /// Counts a duration.
    ///
    /// - Parameter moment: when; what has none is not among those of the last hour.
    package mutating func record(
        _ duration: Duration,
        exemplar traceID: TraceID? = nil,
        timestamp: Timestamp? = nil,
        at moment: Moment? = nil
    ) {
        let nanoseconds = duration.wholeNanoseconds
        let bucket = bounds.firstIndex { nanoseconds <= $0 } ?? bounds.count
        counts[bucket] += 1
        if let moment { lastHour.record(bucket: bucket, of: counts.count, at: moment) }
        sumNanoseconds = sumNanoseconds.addingReportingOverflow(nanoseconds).partialValue
        if let traceID, let timestamp {
            exemplars[bucket] = Exemplar(traceID: traceID, value: duration, timestamp: timestamp)
        }
    }

    /// How many were counted.
    package var count: UInt64 { counts.reduce(0, +) }

    /// The sum of all durations in seconds.
    package var sum: Double { Double(sumNanoseconds) / 1e9 }

    /// How many are at most each bound, `+Inf` last.
    package var cumulativeCounts: [UInt64] {
        var total: UInt64 = 0
        return counts.map { count in
            total += count
            return total
        }
    }

    /// An estimate of a quantile in seconds: linear within its bucket, the last bound at most; nil when nothing was counted.
    package func quantile(_ share: Double) -> Double? {
        quantile(share, of: counts)
    }

    /// The same over the last hour.
    package func quantileOfLastHour(_ share: Double, at now: Moment) -> Double? {
        quantile(share, of: lastHour.counts(at: now))
    }

    private func quantile(_ share: Double, of counts: [UInt64]) -> Double? {
        let rank = share * Double(counts.reduce(0, +))
        var (below, lower) = (0.0, 0.0)
        guard rank > 0 else { return nil }
        for (bound, count) in zip(bounds, counts) {
            let upper = Double(bound) / 1e9
            if below + Double(count) >= rank { return lower + (upper - lower) * (rank - below) / Double(count) }
            (below, lower) = (below + Double(count), upper)
        }
        return lower
    }
}
