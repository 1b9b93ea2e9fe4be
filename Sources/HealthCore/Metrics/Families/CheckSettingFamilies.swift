/// How checks are configured, and the state of their circuit breakers.
enum CheckSettingFamilies {
    private static let circuitStates = EncodedCases<CircuitState>("state")

    /// In the order of the page.
    static let all: [MetricFamily<CheckRows>] = [
        .ofChecks(
            "health_check_interval_seconds",
            from: .full,
            origin: .registration,
            help: "The configured interval."
        ) {
            $0.registration.schedule.interval.seconds
        },
        .ofChecks(
            "health_check_timeout_seconds",
            from: .lean,
            origin: .registration,
            help: "The configured timeout."
        ) {
            $0.registration.schedule.timeout.seconds
        },
        .ofChecks(
            "health_check_max_age_seconds",
            from: .full,
            origin: .registration,
            help: "The age of the last result from which on the status is unknown."
        ) { $0.registration.schedule.maximumAge.seconds },
        .ofChecks(
            "health_check_failure_threshold",
            from: .full,
            origin: .registration,
            help: "Results in a row that it takes to become worse."
        ) { Double($0.registration.thresholds.failure) },
        .ofChecks(
            "health_check_success_threshold",
            from: .full,
            origin: .registration,
            help: "Results in a row that it takes to become better."
        ) { Double($0.registration.thresholds.success) },
        .ofChecks(
            "health_check_degraded_above_seconds",
            origin: .registration,
            help: "The duration above which a success is degraded."
        ) { $0.registration.degradedAbove?.seconds },
        .ofChecks(
            "health_check_circuit_state",
            type: .gauge,
            labels: ["state"],
            help: "1 for the current state of the check's circuit breaker, 0 for the others."
        ) { row, writer in
            if let current = row.metrics.circuit { writer.states(current, of: circuitStates, labels: row.labels) }
        },
    ]
}
