extension MetricSource {
    /// What is known and counted about each check.
    package static let checks = MetricSource(CheckRunFamilies.all + CheckSettingFamilies.all, blocks: \.checks.blocks)
}

/// The status of checks, and what their runs came to.
enum CheckRunFamilies {
    private static let statuses = EncodedCases<HealthStatus>("status")
    private static let results = EncodedCases<ResultKind>("result")
    private static let skipReasons = EncodedCases<SkipReason>("reason")
    private static let phases = EncodedCases<RunPhase>("phase")

    /// In the order of the page.
    static let all = state + counts + durations + history

    private static let state: [MetricFamily<CheckRows>] = [
        .ofChecks(
            "health_check_info",
            type: .info,
            labels: ["kind"],
            origin: .registration,
            help: "Static facts about a check."
        ) {
            $1.sample(1, labels: $0.labels, extra: LabelText.encode("kind", $0.registration.kind))
        },
        .ofChecks(
            "health_check_status",
            type: .gauge,
            labels: ["status"],
            from: .lean,
            origin: .status,
            help: "1 for the check's current status, 0 for the others."
        ) { row, writer in
            writer.states(row.check.state.status, of: statuses, labels: row.labels)
        },
    ]

    private static let counts: [MetricFamily<CheckRows>] = [
        .ofChecks(
            "health_check_runs_total",
            type: .counter,
            labels: ["result"],
            from: .lean,
            help: "Completed runs by result."
        ) { row, writer in
            writer.counts(row.metrics.counts.runs, of: results, labels: row.labels)
        },
        .ofChecks(
            "health_check_failures_total",
            type: .counter,
            labels: ["result", "reason"],
            from: .lean,
            help: "Completed runs that were no success, by result and reason, from the first of its pair on."
        ) { row, writer in
            for failure in row.metrics.counts.failures {
                let pair = [("result", failure.kind.rawValue), ("reason", failure.reason.rawValue)]
                writer.sample(count: failure.count, labels: row.labels, extra: LabelText.encode(pair))
            }
        },
        .ofChecks(
            "health_check_skips_total",
            type: .counter,
            labels: ["reason"],
            from: .lean,
            help: "Slots that passed without a run, by reason."
        ) { row, writer in
            for (reason, label) in skipReasons.all where row.mayHave(reason) {
                writer.sample(count: row.metrics.counts.skips[reason.index], labels: row.labels, extra: label)
            }
        },
    ]

    private static let durations: [MetricFamily<CheckRows>] = [
        .ofChecks(
            "health_check_duration_seconds",
            type: .histogram,
            help:
                "Duration of completed runs, timeouts at their deadline; runs spoilt by the exporter itself are left out."
        ) { row, writer in
            writer.histogram(row.metrics.latency, bounds: row.bounds, labels: row.labels)
        },
        .ofChecks("health_check_last_duration_seconds", from: .lean, help: "Duration of the last completed run.") {
            $0.metrics.last.duration?.seconds
        },
        .ofChecks(
            "health_check_phase_duration_seconds",
            type: .gauge,
            labels: ["phase"],
            help: "Duration of each phase of the last completed run; 0 when it was not reached."
        ) { row, writer in
            guard let durations = row.metrics.last.phases else { return }
            let possible = row.registration.check.phases
            for (phase, label) in phases.all where row.isFull || possible.contains(phase) || durations[phase] > .zero {
                writer.sample(durations[phase].seconds, labels: row.labels, extra: label)
            }
        },
    ]

    private static let history: [MetricFamily<CheckRows>] = [
        .ofChecks(
            "health_check_last_run_timestamp_seconds",
            help: "When the last run was completed; 0 is never."
        ) { $0.metrics.last.timestamp?.seconds ?? 0 },
        .ofChecks(
            "health_check_last_success_timestamp_seconds",
            help: "When a run last succeeded; 0 is never."
        ) { $0.metrics.last.successTimestamp?.seconds ?? 0 },
        .ofChecks(
            "health_check_consecutive_failures",
            origin: .status,
            help: "Failures and timeouts in a row until now."
        ) { Double($0.check.state.consecutiveFailures) },
        .ofChecks(
            "health_check_transitions_total",
            type: .counter,
            from: .lean,
            origin: .status,
            help: "Changes of the check's status."
        ) { Double($0.check.state.transitions) },
        .ofChecks("health_check_retries_total", type: .counter, help: "Tries beyond the first within a run.") {
            $0.isFull || $0.registration.retries != nil ? Double($0.metrics.counts.retries) : nil
        },
    ]
}
