/// A check on a page of metrics.
///
/// A class, so that a walk over the checks copies one reference for each.
final class CheckRow: Sendable {
    /// Its status and registration.
    let check: HealthSnapshot.Check
    /// Its counts and observations.
    let metrics: CheckMetrics
    /// The `le` labels of its latency.
    let bounds: EncodedBounds
    /// What the page has of it.
    let profile: MetricProfile

    /// A row.
    init(check: HealthSnapshot.Check, metrics: CheckMetrics, bounds: EncodedBounds, profile: MetricProfile) {
        self.check = check
        self.metrics = metrics
        self.bounds = bounds
        self.profile = profile
    }

    /// `component="…",check="…"` and the labels of the service, encoded.
    var labels: [UInt8] { metrics.labels }
    /// How it is configured.
    var registration: Registration { check.registration }
    /// Whether the page has samples that can only be 0.
    var isFull: Bool { profile == .full }

    /// Numbers that stay the same as long as all that its status samples say.
    fileprivate var statusVersion: [UInt64] {
        let state = check.state
        return [state.status.severity, state.transitions, state.consecutiveFailures].map { UInt64($0) }
    }

    /// Whether the page has the number of slots that passed for a reason: one that can't be or hardly matters is left out.
    func mayHave(_ reason: SkipReason) -> Bool {
        switch reason {
        case .overlap: true
        case .circuitOpen: isFull || registration.breaker != nil
        case .saturated: profile > .lean || metrics.counts.skips[reason.index] > 0
        }
    }
}

/// Checks of a page, in the order of registration.
struct CheckRows: Sendable {
    /// In the order of registration.
    let all: [CheckRow]
    /// When the page is made.
    let now: Moment

    /// The checks that both have; both belong to one generation of the registry.
    init(health: HealthSnapshot, metrics: MetricsRecorder.Snapshot, now: Moment, profile: MetricProfile) {
        self.now = now
        var last: (latency: LatencyHistogram, labels: EncodedBounds)?
        all = health.checks.compactMap { check in
            guard let metrics = metrics.checks[check.handle] else { return nil }
            let latency = metrics.latency
            if last?.latency.hasBounds(of: latency) != true { last = (latency, EncodedBounds(latency.upperBounds)) }
            return last.map { CheckRow(check: check, metrics: metrics, bounds: $0.labels, profile: profile) }
        }
    }

    private init(_ rows: some Sequence<CheckRow>, now: Moment) {
        (all, self.now) = (Array(rows), now)
    }

    /// The same in blocks.
    var blocks: [MetricBlock<CheckRows>] {
        all.slices(of: MetricBlock<CheckRows>.size).map { rows in
            MetricBlock(
                CheckRows(rows, now: now),
                statusVersion: rows.flatMap(\.statusVersion),
                runsVersion: rows.map(\.metrics.revision)
            )
        }
    }
}

extension MetricFamily where Source == CheckRows {
    /// A family with any number of samples for each check.
    static func ofChecks(
        _ name: String,
        type: MetricDeclaration.MetricType,
        labels: [String] = [],
        from profile: MetricProfile = .standard,
        origin: SampleOrigin = .runs,
        help: String,
        samples: @escaping @Sendable (CheckRow, SampleWriter) -> Void
    ) -> MetricFamily {
        let labels = ["component", "check"] + labels
        let declaration = MetricDeclaration(name, type: type, labels: labels, from: profile, help: help)
        return MetricFamily(declaration, origin: origin) { rows, writer in
            for row in rows.all {
                writer.counted(since: row.metrics.created)
                samples(row, writer)
            }
        }
    }

    /// A family with one sample for each check that has a value.
    static func ofChecks(
        _ name: String,
        type: MetricDeclaration.MetricType = .gauge,
        from profile: MetricProfile = .standard,
        origin: SampleOrigin = .runs,
        help: String,
        value: @escaping @Sendable (CheckRow) -> Double?
    ) -> MetricFamily {
        ofChecks(name, type: type, from: profile, origin: origin, help: help) { row, writer in
            if let value = value(row) { writer.sample(value, labels: row.labels) }
        }
    }
}
