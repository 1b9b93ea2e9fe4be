import HealthCore

/// A check with its last run, its last failed runs and what it measured.
struct CheckDocument: JSONPart {
    /// Its status and its last run.
    let check: HealthSnapshot.Check
    /// Its counts and measurements; nil when it is not registered any more.
    let metrics: CheckMetrics?
    /// When its next run is due; nil when that is not known.
    let nextRun: Timestamp?
    /// When the document is made, on the monotonic time line.
    let now: Moment
    /// When the document is made, in civil time.
    let timestamp: Timestamp
    /// Whether the reader may see target, message, details and measurements.
    let showsDetails: Bool

    func write(into json: inout JSONWriter) {
        let (registration, state) = (check.registration, check.state)
        json.object { json in
            json.field("name", registration.id.check)
            json.field("kind", registration.kind)
            json.statusFields(state.status, state.reason, since: state.since)
            json.field("last_run", check.lastRun.map(RunDocument.init))
            json.field("last_success", check.lastSuccess?.rfc3339)
            json.field("failed_runs", parts: (metrics?.failedRuns ?? []).lazy.map(FailedRunDocument.init))
            json.field("consecutive_failures", state.consecutiveFailures)
            json.field("failure_threshold", registration.thresholds.failure)
            json.field("success_threshold", registration.thresholds.success)
            json.field("interval_seconds", registration.schedule.interval.seconds)
            json.field("timeout_seconds", registration.schedule.timeout.seconds)
            json.field("next_run", nextRun?.rfc3339)
            if showsDetails { json.field("target", registration.target) }
            json.field("latency", LatencyDocument(histogram: metrics?.latency, now: now))
            if showsDetails { writeDetails(into: &json) }
        }
    }

    private func writeDetails(into json: inout JSONWriter) {
        let values = CurrentMeasurements(of: check, metrics, now: now, timestamp: timestamp).values
        json.key("measurements")
        json.object { json in
            for item in values { json.field(item.name, item.value) }
        }
        json.key("measured_at")
        json.object { json in
            for item in values { json.field(item.name, item.timestamp.rfc3339) }
        }
        json.field("message", check.message)
        json.key("details")
        json.object { json in
            for (name, detail) in (check.lastRun?.details ?? []).uniquelyNamed { json.field(name, detail.value) }
        }
    }
}

/// A completed run.
struct RunDocument: JSONPart {
    /// Its result.
    let run: RunResult

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.field("result", run.kind.rawValue)
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
}

/// A run that failed, as the list of the last ones has it.
struct FailedRunDocument: JSONPart {
    /// Its result.
    let run: CheckMetrics.FailedRun

    func write(into json: inout JSONWriter) {
        json.object { json in
            json.field("result", run.kind.rawValue)
            json.field("reason", run.reason.rawValue)
            json.field("timestamp", run.timestamp.rfc3339)
            json.field("duration_seconds", run.duration.seconds)
            json.field("trace_id", run.traceID.description)
        }
    }
}
