/// What is counted and observed about one check.
package struct CheckMetrics: Sendable {
    /// A run that failed; its trace can be followed after later runs.
    package struct FailedRun: Sendable {
        /// Its result.
        package let kind: ResultKind
        /// Why it failed.
        package let reason: FailureReason
        /// From start to answer, or to the deadline.
        package let duration: Duration
        /// Identifies the run.
        package let traceID: TraceID
        /// When it ended.
        package let timestamp: Timestamp
    }

    /// The last run that was no internal error, and the last runs by time.
    package struct LastRun: Sendable {
        /// When the last run of any result ended.
        package fileprivate(set) var timestamp: Timestamp?
        /// When the last successful run ended.
        package fileprivate(set) var successTimestamp: Timestamp?
        /// Of the last run that was no internal error.
        package fileprivate(set) var duration: Duration?
        /// Nil for a check that does not connect.
        package fileprivate(set) var phases: PhaseDurations?
    }

    /// How many failed runs are kept.
    package static let maximumFailedRuns = 20

    /// A value with the moment at which it was last measured.
    package struct Observation: Sendable {
        /// What was measured.
        package let measurement: Measurement
        /// In the unit of the measurement.
        package fileprivate(set) var value: Double
        /// When it was measured.
        package fileprivate(set) var moment: Moment
    }

    /// `component="…",check="…",environment="…",…`: escaped once, when the check is registered.
    package let labels: [UInt8]
    /// Since when it is counted; nil is with the process.
    private(set) var created: Timestamp?
    /// Differs after every change.
    private(set) var revision: UInt64 = 0
    /// Runs and slots by the way they ended.
    package private(set) var counts = RunCounts()
    /// The last failed runs, latest first.
    package private(set) var failedRuns: [FailedRun] = []
    /// Durations of all runs but those with internal errors.
    package private(set) var latency: LatencyHistogram
    /// What the last runs left.
    package private(set) var last = LastRun()
    /// The last value of each measurement.
    package private(set) var observations: [Observation] = []
    /// Nil without a breaker.
    package var circuit: CircuitState? {
        didSet { revision += 1 }
    }

    /// Nothing counted yet.
    ///
    /// - Parameters:
    ///   - labels: encoded.
    ///   - latency: at zero.
    ///   - created: now; nil is with the process.
    package init(
        labels: [UInt8],
        latency: LatencyHistogram,
        circuit: CircuitState? = nil,
        created: Timestamp? = nil
    ) {
        self.labels = labels
        self.latency = latency
        self.created = created
        self.circuit = circuit
    }

    /// This check with the counts of the one that it replaces; observations of that one do not hold for it.
    package func continuing(_ old: CheckMetrics) -> CheckMetrics {
        var new = self
        (new.counts, new.failedRuns, new.latency, new.last) = (old.counts, old.failedRuns, old.latency, old.last)
        new.created = old.created
        new.last.phases = nil
        new.useBounds(latency.upperBounds)
        return new
    }

    /// Moves the latency to the bounds that its component has now; it starts at zero where those lack one of the old bounds.
    package mutating func useBounds(_ bounds: [Duration]) {
        guard !latency.has(bounds: bounds) else { return }
        latency = latency.moved(to: bounds) ?? LatencyHistogram(bounds: bounds, isNative: latency.isNative)
    }

    /// The observations that are at most so old.
    package func currentObservations(at now: Moment, maximumAge: Duration) -> [Observation] {
        observations.filter { $0.moment.duration(to: now) <= maximumAge }
    }

    /// The value of a measurement, unless it was never measured or is too old to be shown.
    func value(of measurement: Measurement, at now: Moment, maximumAge: Duration) -> Double? {
        observations.first { $0.measurement.name == measurement.name && $0.moment.duration(to: now) <= maximumAge }?
            .value
    }

    /// Counts a completed run.
    package mutating func record(_ result: RunResult) {
        revision += 1
        counts.record(result)
        last.timestamp = result.timestamp
        if result.kind.isSuccess { last.successTimestamp = result.timestamp } else { keep(result) }
        for measured in result.measured { observe(measured, at: result.moment) }
        guard result.kind != .internal else { return }
        latency.record(
            result.duration,
            exemplar: result.traceID,
            isFailure: !result.kind.isSuccess,
            timestamp: result.timestamp,
            at: result.moment
        )
        (last.duration, last.phases) = (result.duration, result.phases)
    }

    /// Records what a run without a result measured.
    package mutating func record(_ report: PendingReport) {
        revision += 1
        for measured in report.measured { observe(measured, at: report.moment) }
    }

    /// Counts a slot that passed without a run.
    package mutating func record(_ skip: SkipReason) {
        revision += 1
        counts.record(skip)
    }

    private mutating func keep(_ result: RunResult) {
        if failedRuns.count == Self.maximumFailedRuns { failedRuns.removeLast() }
        failedRuns.insert(
            FailedRun(
                kind: result.kind,
                reason: result.reason ?? .error,
                duration: result.duration,
                traceID: result.traceID,
                timestamp: result.timestamp
            ),
            at: 0
        )
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
