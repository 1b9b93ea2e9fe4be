/// Counts durations in buckets; a bucket holds what is at most its bound.
package struct LatencyHistogram: Sendable {
    /// A run that stands for a bucket: OpenMetrics 1.0, exemplars.
    package struct Exemplar: Sendable {
        /// Identifies the run.
        package let traceID: TraceID
        /// The duration of the run.
        package let value: Duration
        /// When the run ended.
        package let timestamp: Timestamp
        /// Whether the run failed; people want the traces of those.
        fileprivate let isFailure: Bool
    }

    /// How long a failed run stays the exemplar of its bucket although successful ones follow: two scrapes a minute see it.
    private static let failureStays = Duration.seconds(60)

    /// Ascending upper bounds in nanoseconds; beyond the last one lies `+Inf`.
    private let bounds: [Int64]
    /// One more than bounds; not cumulative.
    private(set) var counts: [UInt64]
    /// The latest exemplar of each bucket that has one; most checks have one or two, and places for all would be the largest part of a check.
    private var keptExemplars: [(bucket: Int, exemplar: Exemplar)] = []
    /// The same durations in exponential buckets; nil where nobody asks for them.
    package private(set) var exponential: ExponentialBuckets?
    private var sumNanoseconds: Int64 = 0
    private var lastHour = LatencyWindow()

    /// A histogram at zero; `bounds` ascend.
    ///
    /// - Parameter isNative: whether it counts in exponential buckets, too.
    package init(bounds: [Duration], isNative: Bool = false) {
        exponential = isNative ? ExponentialBuckets() : nil
        self.bounds = bounds.map(\.wholeNanoseconds)
        precondition(zip(self.bounds, self.bounds.dropFirst()).allSatisfy { $0 < $1 }, "bounds ascend")
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    /// Whether it counts in exponential buckets, too.
    var isNative: Bool { exponential != nil }

    /// Whether these are its bounds.
    package func has(bounds: [Duration]) -> Bool {
        self.bounds == bounds.map(\.wholeNanoseconds)
    }

    /// Whether both have the same bounds.
    func hasBounds(of other: LatencyHistogram) -> Bool {
        bounds == other.bounds
    }

    /// Its bounds, `+Inf` left out.
    package var upperBounds: [Duration] { bounds.map { .nanoseconds($0) } }

    /// The same counts in other bounds; nil when one of the old bounds is not among them, because the count below it would be unknown.
    ///
    /// Counts stay exact at every old bound. A new bound between two old ones separates only durations that are recorded from now on.
    package func moved(to bounds: [Duration]) -> LatencyHistogram? {
        var moved = LatencyHistogram(bounds: bounds)
        let places = self.bounds.map { bound in moved.bounds.firstIndex(of: bound) }
        guard !places.contains(nil) else { return nil }
        let buckets = places.compactMap(\.self) + [bounds.count]
        for (old, new) in buckets.enumerated() {
            moved.counts[new] = counts[old]
        }
        moved.keptExemplars = keptExemplars.map { (buckets[$0.bucket], $0.exemplar) }
        moved.sumNanoseconds = sumNanoseconds
        moved.exponential = exponential
        moved.lastHour = lastHour.moved(to: buckets, of: moved.counts.count)
        return moved
    }

    /// The counts of all, as one; nil for none.
    ///
    /// They have the same bounds, and exponential buckets are left out.
    package init?(adding all: [LatencyHistogram]) {
        guard let first = all.first else { return nil }
        self = first
        for other in all.dropFirst() { add(other) }
    }

    private mutating func add(_ other: LatencyHistogram) {
        precondition(bounds == other.bounds, "only histograms of the same bounds add up")
        for index in counts.indices { counts[index] += other.counts[index] }
        sumNanoseconds = sumNanoseconds.addingReportingOverflow(other.sumNanoseconds).partialValue
        lastHour.add(other.lastHour)
        exponential = nil
    }

    /// Counts a duration.
    ///
    /// - Parameters:
    ///   - isFailure: whether the exemplar is one of a failed run, which a successful one does not replace at once.
    ///   - moment: when; a duration without one does not count for the last hour.
    package mutating func record(
        _ duration: Duration,
        exemplar traceID: TraceID? = nil,
        isFailure: Bool = false,
        timestamp: Timestamp? = nil,
        at moment: Moment? = nil
    ) {
        let nanoseconds = duration.wholeNanoseconds
        let bucket = bounds.firstIndex { nanoseconds <= $0 } ?? bounds.count
        counts[bucket] += 1
        exponential?.record(Double(nanoseconds) / 1e9)
        if let moment { lastHour.record(bucket: bucket, of: counts.count, at: moment) }
        sumNanoseconds = sumNanoseconds.addingReportingOverflow(nanoseconds).partialValue
        guard let traceID, let timestamp else { return }
        if let kept = exemplar(ofBucket: bucket), kept.isFailure, !isFailure,
            kept.isYoungerThan(Self.failureStays, at: timestamp)
        {
            return
        }
        let new = Exemplar(traceID: traceID, value: duration, timestamp: timestamp, isFailure: isFailure)
        keptExemplars.removeAll { $0.bucket == bucket }
        keptExemplars.append((bucket, new))
    }

    /// The latest exemplar of a bucket.
    package func exemplar(ofBucket bucket: Int) -> Exemplar? {
        keptExemplars.first { $0.bucket == bucket }?.exemplar
    }

    /// The latest exemplar of each bucket.
    package var exemplars: [Exemplar?] { counts.indices.map(exemplar(ofBucket:)) }

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

    /// How many durations of the last hour fell into each bucket, the last one beyond all bounds; empty when none did.
    package func countsOfLastHour(at now: Moment) -> [UInt64] {
        lastHour.counts(at: now)
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

extension LatencyHistogram.Exemplar {
    /// A wall clock that was set back makes nothing older or younger than it is by more than a replacement.
    fileprivate func isYoungerThan(_ age: Duration, at now: Timestamp) -> Bool {
        let passed = now.nanosecondsSinceEpoch.subtractingReportingOverflow(timestamp.nanosecondsSinceEpoch)
            .partialValue
        return (0..<age.wholeNanoseconds).contains(passed)
    }
}
