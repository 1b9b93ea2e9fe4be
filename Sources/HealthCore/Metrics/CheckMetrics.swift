/// What is counted and observed about one check.
package struct CheckMetrics: Sendable {
    /// How often runs ended with a result for a reason.
    package struct Failure: Sendable {
        package let outcome: RunOutcome
        package let reason: FailureReason
        package fileprivate(set) var count: UInt64
    }

    /// A run that failed, so that its trace can be followed after others have come.
    package struct FailedRun: Sendable {
        package let outcome: RunOutcome
        package let reason: FailureReason
        package let duration: Duration
        package let traceID: TraceID
        package let timestamp: Timestamp
    }

    /// So many failed runs are remembered.
    package static let failedRunsKept = 20

    /// A value with the moment at which it was last measured.
    package struct Observation: Sendable {
        package let measurement: Measurement
        package fileprivate(set) var value: Double
        package fileprivate(set) var moment: Moment
    }

    /// `component="…",check="…",environment="…",…`: escaped once, when the check is registered.
    package private(set) var labels: [UInt8]
    package private(set) var runs = [UInt64](repeating: 0, count: RunOutcome.allCases.count)
    /// By result, then reason, in the order of the closed lists.
    package private(set) var failures: [Failure] = []
    /// The last ones, latest first.
    package private(set) var failedRuns: [FailedRun] = []
    package private(set) var skips = [UInt64](repeating: 0, count: SkipReason.allCases.count)
    package private(set) var latency: LatencyHistogram
    package private(set) var lastDuration: Duration?
    package private(set) var phases: PhaseDurations?
    package private(set) var lastRun: Timestamp?
    package private(set) var lastSuccess: Timestamp?
    package private(set) var observations: [Observation] = []
    package private(set) var retries: UInt64 = 0
    /// Nil without a breaker.
    package var circuit: CircuitState?

    package init(labels: [UInt8], bounds: [Duration], circuit: CircuitState? = nil) {
        self.labels = labels
        latency = LatencyHistogram(bounds: bounds)
        self.circuit = circuit
    }

    /// The numbers of a check that this one replaces: they go on, but what was seen last is no longer so.
    package init(labels: [UInt8], bounds: [Duration], circuit: CircuitState?, replacing old: CheckMetrics) {
        self = old
        self.labels = labels
        self.circuit = circuit
        (observations, phases) = ([], nil)
        useBounds(bounds)
    }

    /// Goes on in the bounds that its component has now; begins anew where those don't hold the old ones.
    package mutating func useBounds(_ bounds: [Duration]) {
        guard !latency.has(bounds: bounds) else { return }
        latency = latency.moved(to: bounds) ?? LatencyHistogram(bounds: bounds)
    }

    /// What was measured and is not too old to be told.
    package func currentObservations(at now: Moment, maximumAge: Duration) -> [Observation] {
        observations.filter { $0.moment.duration(to: now) <= maximumAge }
    }

    /// Takes a completed run.
    package mutating func record(_ result: RunResult) {
        runs[result.outcome.index] += 1
        retries += UInt64(result.retries)
        lastRun = result.timestamp
        if result.outcome.isSuccess { lastSuccess = result.timestamp }
        if result.outcome != .success { count(result.outcome, result.reason ?? .error) }
        if !result.outcome.isSuccess { remember(result) }
        for measured in result.measured { observe(measured, at: result.moment) }
        guard result.outcome != .internal else { return }
        latency.record(
            result.duration,
            exemplar: result.traceID,
            isFailure: !result.outcome.isSuccess,
            timestamp: result.timestamp,
            at: result.moment
        )
        lastDuration = result.duration
        phases = result.phases
    }

    /// Takes what was measured by a run that is none.
    package mutating func record(_ report: PendingReport) {
        for measured in report.measured { observe(measured, at: report.moment) }
    }

    /// Takes a slot that passed without a run.
    package mutating func record(_ skip: SkipReason) {
        skips[skip.index] += 1
    }

    private mutating func remember(_ result: RunResult) {
        if failedRuns.count == Self.failedRunsKept { failedRuns.removeLast() }
        failedRuns.insert(
            FailedRun(
                outcome: result.outcome,
                reason: result.reason ?? .error,
                duration: result.duration,
                traceID: result.traceID,
                timestamp: result.timestamp
            ),
            at: 0
        )
    }

    private mutating func count(_ outcome: RunOutcome, _ reason: FailureReason) {
        let key = (outcome.index, reason.order)
        let place = failures.firstIndex { ($0.outcome.index, $0.reason.order) >= key } ?? failures.count
        if failures.indices.contains(place), failures[place].outcome == outcome, failures[place].reason == reason {
            failures[place].count += 1
        } else {
            failures.insert(Failure(outcome: outcome, reason: reason, count: 1), at: place)
        }
    }

    private mutating func observe(_ measured: MeasuredValue, at moment: Moment) {
        if let index = observations.firstIndex(where: { $0.measurement.name == measured.measurement.name }) {
            observations[index].value = measured.value
            observations[index].moment = moment
        } else {
            observations.append(Observation(measurement: measured.measurement, value: measured.value, moment: moment))
        }
    }
}

extension FailureReason {
    private static let orders = Dictionary(
        uniqueKeysWithValues: allCases.enumerated().map { ($0.element, $0.offset) }
    )

    /// The place in the closed list.
    fileprivate var order: Int {
        Self.orders[self] ?? 0
    }
}
