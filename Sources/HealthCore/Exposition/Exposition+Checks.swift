extension Exposition {
    private typealias Row = (check: HealthSnapshot.Check, metrics: CheckMetrics)

    /// The families that each check has.
    func renderChecks(into writer: inout ExpositionWriter) {
        let rows: [Row] = health.checks.compactMap { check in metrics.checks[check.handle].map { (check, $0) } }
        renderStatus(rows, &writer)
        renderRuns(rows, &writer)
        renderLatency(rows, &writer)
        renderHistory(rows, &writer)
        renderSettings(rows, &writer)
        renderMeasurements(rows, &writer)
    }

    private func renderStatus(_ rows: [Row], _ writer: inout ExpositionWriter) {
        writer.family(MetricCatalog.checkInfo)
        for row in rows {
            writer.sample(row.metrics.labels, extra: encodedLabel("kind", row.check.registration.kind), 1.0)
        }
        writer.family(MetricCatalog.checkStatus)
        for row in rows { writer.statuses(row.metrics.labels, row.check.state.status) }
    }

    private func renderRuns(_ rows: [Row], _ writer: inout ExpositionWriter) {
        let results = RunOutcome.allCases.map { encodedLabel("result", $0.rawValue) }
        writer.family(MetricCatalog.runs)
        for row in rows {
            for (label, count) in zip(results, row.metrics.runs) {
                writer.sample(row.metrics.labels, extra: label, count)
            }
        }
        writer.family(MetricCatalog.failures)
        for row in rows {
            for failure in row.metrics.failures {
                let labels = [("result", failure.outcome.rawValue), ("reason", failure.reason.rawValue)]
                writer.sample(row.metrics.labels, extra: LabelText.encode(labels), failure.count)
            }
        }
        let reasons = SkipReason.allCases.map { encodedLabel("reason", $0.rawValue) }
        writer.family(MetricCatalog.skips)
        for row in rows {
            for (label, count) in zip(reasons, row.metrics.skips) {
                writer.sample(row.metrics.labels, extra: label, count)
            }
        }
    }

    private func renderLatency(_ rows: [Row], _ writer: inout ExpositionWriter) {
        writer.family(MetricCatalog.duration)
        for component in health.components {
            let bounds = Buckets.bounds(for: component.registration)
            let labels = encodedBounds(bounds)
            for check in health.checks[component.checks] {
                guard let metrics = metrics.checks[check.handle] else { continue }
                precondition(metrics.latency.has(bounds: bounds), "a bucket carries the bound by which it was counted")
                writer.histogram(metrics.labels, bounds: labels, metrics.latency)
            }
        }
        writer.family(MetricCatalog.lastDuration)
        for row in rows {
            if let duration = row.metrics.lastDuration { writer.sample(row.metrics.labels, duration.seconds) }
        }
        guard showsPhases else { return }
        let phases = RunPhase.allCases.map { ($0, encodedLabel("phase", $0.rawValue)) }
        writer.family(MetricCatalog.phaseDuration)
        for row in rows {
            guard let durations = row.metrics.phases else { continue }
            for (phase, label) in phases { writer.sample(row.metrics.labels, extra: label, durations[phase].seconds) }
        }
    }

    private func renderHistory(_ rows: [Row], _ writer: inout ExpositionWriter) {
        writer.each(MetricCatalog.lastRun, rows) { $0.metrics.lastRun?.seconds ?? 0 }
        writer.each(MetricCatalog.lastSuccess, rows) { $0.metrics.lastSuccess?.seconds ?? 0 }
        writer.each(MetricCatalog.consecutiveFailures, rows) { Double($0.check.state.consecutiveFailures) }
        writer.each(MetricCatalog.transitions, rows) { Double($0.check.state.transitions) }
        writer.each(MetricCatalog.retries, rows) { Double($0.metrics.retries) }
    }

    private func renderSettings(_ rows: [Row], _ writer: inout ExpositionWriter) {
        writer.each(MetricCatalog.interval, rows) { $0.check.registration.schedule.interval.seconds }
        writer.each(MetricCatalog.timeout, rows) { $0.check.registration.schedule.timeout.seconds }
        writer.each(MetricCatalog.maximumAge, rows) { $0.check.registration.schedule.maximumAge.seconds }
        writer.each(MetricCatalog.failureThreshold, rows) { Double($0.check.registration.thresholds.failure) }
        writer.each(MetricCatalog.successThreshold, rows) { Double($0.check.registration.thresholds.success) }
        writer.each(MetricCatalog.degradedAbove, rows) { $0.check.registration.degradedAbove?.seconds }
        let states = CircuitState.allCases.map { ($0, encodedLabel("state", $0.rawValue)) }
        writer.family(MetricCatalog.circuitState)
        for row in rows {
            guard let current = row.metrics.circuit else { continue }
            for (state, label) in states { writer.sample(row.metrics.labels, extra: label, state == current ? 1.0 : 0) }
        }
    }

    /// Families in the order in which checks first declare them; a value goes when it was not measured for `max_age`.
    private func renderMeasurements(_ rows: [Row], _ writer: inout ExpositionWriter) {
        var order: [Measurement] = []
        var declared: Set<String> = []
        for row in rows {
            for measurement in row.check.registration.check.measurements
            where declared.insert(measurement.name).inserted {
                order.append(measurement)
            }
        }
        for measurement in order {
            writer.each(MetricFamily(measurement.name, .gauge, measurement.help), rows) { row in
                let maximumAge = row.check.registration.schedule.maximumAge
                return row.metrics.currentObservations(at: now, maximumAge: maximumAge)
                    .first { $0.measurement.name == measurement.name }?.value
            }
        }
    }
}

extension ExpositionWriter {
    /// A family with one sample a row, where there is a value.
    fileprivate mutating func each(
        _ family: MetricFamily,
        _ rows: [(check: HealthSnapshot.Check, metrics: CheckMetrics)],
        _ value: ((check: HealthSnapshot.Check, metrics: CheckMetrics)) -> Double?
    ) {
        self.family(family)
        for row in rows {
            if let value = value(row) { sample(row.metrics.labels, value) }
        }
    }

    private static let statusLabels = HealthStatus.allCases.map { ($0, encodedLabel("status", $0.rawValue)) }

    /// One sample for each status, exactly one of them 1.
    mutating func statuses(_ labels: [UInt8], _ current: HealthStatus) {
        for (status, label) in Self.statusLabels { sample(labels, extra: label, (status == current ? 1 : 0) as UInt64) }
    }
}
