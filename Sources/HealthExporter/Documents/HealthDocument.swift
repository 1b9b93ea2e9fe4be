package import HealthCore

/// `/health/detailed` and the elements of `/api/v1/components`: everything that is known, for people who look for a fault.
package struct HealthDocument: Sendable {
    package let identity: ServiceIdentity
    package let health: HealthSnapshot
    package let metrics: MetricsRecorder.Snapshot
    /// When each check is next due, in the order of the snapshot's checks.
    package let nextDue: [Moment?]
    package let now: Moment
    package let timestamp: Timestamp
    /// Whether the reader may see targets, messages, details and measurements.
    package let showsDetails: Bool

    package init(
        identity: ServiceIdentity,
        health: HealthSnapshot,
        metrics: MetricsRecorder.Snapshot,
        nextDue: [Moment?],
        now: Moment,
        timestamp: Timestamp,
        showsDetails: Bool
    ) {
        self.identity = identity
        self.health = health
        self.metrics = metrics
        self.nextDue = nextDue
        self.now = now
        self.timestamp = timestamp
        self.showsDetails = showsDetails
    }

    /// The whole document.
    package func render() -> [UInt8] {
        JSONWriter.document { json in
            ProbeDocuments.readinessFields(
                health.verdict,
                uptime: Moment.zero.duration(to: now),
                at: timestamp,
                countsComponents: false,
                into: &json
            )
            json.key("service")
            json.object { json in
                json.field("name", identity.name)
                json.field("environment", identity.environment)
                json.field("version", identity.version)
                json.field("instance", identity.instance)
            }
            json.key("components")
            json.array(worstFirst) { write($1, into: &$0) }
        }
    }

    /// The components alone, as an array.
    package func renderComponents() -> [UInt8] {
        var json = JSONWriter()
        json.array(worstFirst) { write($1, into: &$0) }
        return json.bytes
    }

    /// One component; nil when there is none of that name.
    package func renderComponent(named name: String) -> [UInt8]? {
        guard let component = health.components.first(where: { $0.registration.name == name }) else { return nil }
        var json = JSONWriter()
        write(component, into: &json)
        return json.bytes
    }

    var worstFirst: [HealthSnapshot.Component] {
        HealthStatus.allCases.reversed().flatMap { status in health.components.filter { $0.state.status == status } }
    }

    private func write(_ component: HealthSnapshot.Component, into json: inout JSONWriter) {
        let registration = component.registration
        let readings = metrics.components[registration.name]?.readings(at: now) ?? []
        json.object { json in
            json.field("name", registration.name)
            writeStatus(component.state.status, health.reason(of: component), component.state.since, into: &json)
            json.field("impact", component.impact.rawValue)
            json.field("scope", component.scope.rawValue)
            json.field("group", component.group?.name)
            json.field("owner", component.owner)
            json.field("runbook", component.runbook)
            json.field("objective", registration.objective)
            json.key("success_ratio")
            json.object { json in
                for reading in readings { json.field(reading.window.rawValue, reading.ratio) }
            }
            // Windows of which less has passed than their name says.
            json.field("success_ratio_partial", texts: readings.filter { !$0.isFull }.map(\.window.rawValue))
            json.key("latency")
            writeLatency(latency(of: component), into: &json)
            json.field("suppressed", component.suppression.reason?.rawValue)
            json.field("suppressed_by", texts: component.suppression.rootCauses)
            json.key("drill")
            if let drill = component.state.drill { Self.write(drill, into: &json) } else { json.null() }
            json.key("transitions")
            json.array(component.state.transitions) { json, transition in
                json.object { json in
                    json.field("timestamp", transition.timestamp.rfc3339)
                    json.field("from", transition.from.rawValue)
                    json.field("to", transition.to.rawValue)
                    json.field("reason", transition.reason?.rawValue)
                }
            }
            json.key("checks")
            json.array(component.checks) { write(check: $1, into: &$0) }
        }
    }

    /// Also the answer to whoever began it.
    static func write(_ drill: Drill, into json: inout JSONWriter) {
        json.object { json in
            json.field("status", drill.status.rawValue)
            json.field("readiness", drill.affectsReadiness)
            json.field("reason", drill.reason)
            json.field("by", drill.by)
            json.field("since", drill.start.rfc3339)
            json.field("until", drill.end.rfc3339)
        }
    }

    private func writeStatus(
        _ status: HealthStatus,
        _ reason: FailureReason?,
        _ since: Timestamp?,
        into json: inout JSONWriter
    ) {
        json.field("status", status.rawValue)
        json.field("reason", reason?.rawValue)
        json.field("hint", reason?.hint)
        json.field("since", since?.rfc3339)
    }

    private func write(check index: Int, into json: inout JSONWriter) {
        let check = health.checks[index]
        let (registration, schedule) = (check.registration, check.registration.schedule)
        json.object { json in
            json.field("name", registration.id.check)
            json.field("kind", registration.kind)
            writeStatus(check.state.status, check.state.reason, check.state.since, into: &json)
            json.key("last_run")
            if let run = check.lastRun { write(run, into: &json) } else { json.null() }
            json.field("last_success", check.lastSuccess?.rfc3339)
            json.key("failed_runs")
            json.array(metrics.checks[check.handle]?.failedRuns ?? []) { write(failed: $1, into: &$0) }
            json.field("consecutive_failures", check.state.consecutiveFailures)
            json.field("failure_threshold", registration.thresholds.failure)
            json.field("success_threshold", registration.thresholds.success)
            json.field("interval_seconds", schedule.interval.seconds)
            json.field("timeout_seconds", schedule.timeout.seconds)
            let next = nextDue.indices.contains(index) ? nextDue[index] : nil
            json.field("next_run", next.map { timestamp.advanced(by: now.duration(to: $0)).rfc3339 })
            if showsDetails { json.field("target", registration.target) }
            json.key("latency")
            writeLatency(metrics.checks[check.handle]?.latency, into: &json)
            if showsDetails { writeDetails(check, into: &json) }
        }
    }

    /// All checks of a component together: they share their bounds.
    private func latency(of component: HealthSnapshot.Component) -> LatencyHistogram? {
        let histograms = health.checks[component.checks].compactMap { metrics.checks[$0.handle]?.latency }
        guard var sum = histograms.first else { return nil }
        for histogram in histograms.dropFirst() { sum.add(histogram) }
        return sum
    }

    private func writeLatency(_ latency: LatencyHistogram?, into json: inout JSONWriter) {
        let shares = [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)]
        json.object { json in
            for (name, share) in shares { json.field(name, latency?.quantile(share)) }
            json.key("1h")
            json.object { json in
                for (name, share) in shares { json.field(name, latency?.quantileOfLastHour(share, at: now)) }
            }
        }
    }

    private func write(failed run: CheckMetrics.FailedRun, into json: inout JSONWriter) {
        json.object { json in
            json.field("result", run.outcome.rawValue)
            json.field("reason", run.reason.rawValue)
            json.field("timestamp", run.timestamp.rfc3339)
            json.field("duration_seconds", run.duration.seconds)
            json.field("trace_id", run.traceID.description)
        }
    }

    private func write(_ run: RunResult, into json: inout JSONWriter) {
        json.object { json in
            json.field("result", run.outcome.rawValue)
            json.field("reason", run.reason?.rawValue)
            json.field("timestamp", run.timestamp.rfc3339)
            json.field("duration_seconds", run.duration.seconds)
            json.field("trace_id", run.traceID.description)
            json.key("phases")
            json.object { json in
                guard let phases = run.phases else { return }
                for phase in RunPhase.allCases { json.field(phase.rawValue, phases[phase].seconds) }
            }
        }
    }

    private func writeDetails(_ check: HealthSnapshot.Check, into json: inout JSONWriter) {
        let measured = measured(check)
        json.key("measurements")
        json.object { json in
            for item in measured { json.field(item.name, item.value) }
        }
        json.key("measured_at")
        json.object { json in
            for item in measured { json.field(item.name, item.timestamp.rfc3339) }
        }
        json.field("message", check.message)
        json.key("details")
        json.object { json in
            for (name, detail) in Self.named(check.lastRun?.details ?? []) { json.field(name, detail.value) }
        }
    }

    private struct Measured {
        let name: String
        let value: Double
        let timestamp: Timestamp
    }

    /// What was measured within `max_age`, as in the metrics.
    private func measured(_ check: HealthSnapshot.Check) -> [Measured] {
        let maximumAge = check.registration.schedule.maximumAge
        let observations = metrics.checks[check.handle]?.currentObservations(at: now, maximumAge: maximumAge) ?? []
        let measured = observations.map { observation in
            let measuredAt = timestamp.advanced(by: now.duration(to: observation.moment))
            return Measured(name: observation.measurement.name, value: observation.value, timestamp: measuredAt)
        }
        guard let run = check.lastRun, run.moment.duration(to: now) <= maximumAge else { return measured }
        let taken = Set(measured.map(\.name))
        return measured
            + Self.named(run.details).filter { !taken.contains($0.0) }.compactMap { name, detail in
                detail.number.map { Measured(name: name, value: $0, timestamp: run.timestamp) }
            }
    }

    /// Each under a name of its own: `certificate`, `certificate 2`.
    private static func named(_ details: [CheckReport.Detail]) -> [(String, CheckReport.Detail)] {
        var seen: [String: Int] = [:]
        return details.map { detail in
            let count = seen[detail.name, default: 0] + 1
            seen[detail.name] = count
            return (count == 1 ? detail.name : "\(detail.name) \(count)", detail)
        }
    }
}
