/// Every metric family that is not a kind's measurement; the one place for names and help texts.
package enum MetricCatalog {
    package static let targetInfo = MetricFamily("target_info", .info, "The service that this exporter speaks for.")

    // Per check.
    package static let checkInfo = MetricFamily("health_check_info", .info, "Static facts about a check.")
    package static let checkStatus = MetricFamily(
        "health_check_status",
        .gauge,
        "1 for the check's current status, 0 for the others."
    )
    package static let runs = MetricFamily("health_check_runs_total", .counter, "Completed runs by result.")
    package static let failures = MetricFamily(
        "health_check_failures_total",
        .counter,
        "Completed runs that were no success, by result and reason, from the first of its pair on."
    )
    package static let skips = MetricFamily(
        "health_check_skips_total",
        .counter,
        "Slots that passed without a run, by reason."
    )
    package static let duration = MetricFamily(
        "health_check_duration_seconds",
        .histogram,
        "Duration of completed runs, timeouts at their deadline; runs spoilt by the exporter itself are left out."
    )
    package static let lastDuration = MetricFamily(
        "health_check_last_duration_seconds",
        .gauge,
        "Duration of the last completed run."
    )
    package static let phaseDuration = MetricFamily(
        "health_check_phase_duration_seconds",
        .gauge,
        "Duration of each phase of the last completed run; 0 when it was not reached."
    )
    package static let lastRun = MetricFamily(
        "health_check_last_run_timestamp_seconds",
        .gauge,
        "When the last run was completed; 0 is never."
    )
    package static let lastSuccess = MetricFamily(
        "health_check_last_success_timestamp_seconds",
        .gauge,
        "When a run last succeeded; 0 is never."
    )
    package static let consecutiveFailures = MetricFamily(
        "health_check_consecutive_failures",
        .gauge,
        "Failures and timeouts in a row until now."
    )
    package static let transitions = MetricFamily(
        "health_check_transitions_total",
        .counter,
        "Changes of the check's status."
    )
    package static let retries = MetricFamily(
        "health_check_retries_total",
        .counter,
        "Tries beyond the first within a run."
    )
    package static let interval = MetricFamily(
        "health_check_interval_seconds",
        .gauge,
        "The configured interval."
    )
    package static let timeout = MetricFamily("health_check_timeout_seconds", .gauge, "The configured timeout.")
    package static let maximumAge = MetricFamily(
        "health_check_max_age_seconds",
        .gauge,
        "The age of the last result from which on the status is unknown."
    )
    package static let failureThreshold = MetricFamily(
        "health_check_failure_threshold",
        .gauge,
        "Results in a row that it takes to become worse."
    )
    package static let successThreshold = MetricFamily(
        "health_check_success_threshold",
        .gauge,
        "Results in a row that it takes to become better."
    )
    package static let degradedAbove = MetricFamily(
        "health_check_degraded_above_seconds",
        .gauge,
        "The duration above which a success is degraded."
    )

    package static let circuitState = MetricFamily(
        "health_check_circuit_state",
        .gauge,
        "1 for the current state of the check's circuit breaker, 0 for the others."
    )

    // Per component.
    package static let componentInfo = MetricFamily("health_component_info", .info, "Static facts about a component.")
    package static let componentStatus = MetricFamily(
        "health_component_status",
        .gauge,
        "1 for the component's current status, 0 for the others."
    )
    package static let successRatio = MetricFamily(
        "health_component_success_ratio",
        .gauge,
        "Successful and degraded runs over all runs and slots lost to hung runs or open breakers, in the window."
    )
    package static let objectiveRatio = MetricFamily(
        "health_component_objective_ratio",
        .gauge,
        "The success ratio aimed at."
    )
    package static let suppressed = MetricFamily(
        "health_component_suppressed",
        .gauge,
        "1 while alerts about the component are held back, by reason."
    )
    package static let drillActive = MetricFamily(
        "health_component_drill_active",
        .gauge,
        "1 while a drill shows the component otherwise than it is."
    )
    package static let lastTransition = MetricFamily(
        "health_component_last_transition_timestamp_seconds",
        .gauge,
        "When the component's status last changed; 0 is never."
    )

    // Per group and flag.
    package static let groupStatus = MetricFamily(
        "health_group_status",
        .gauge,
        "1 for the group's current status, 0 for the others."
    )
    package static let flagEnabled = MetricFamily(
        "health_feature_flag_enabled",
        .gauge,
        "1 while the flag is on, else 0."
    )

    // The service and its probes.
    package static let serviceStatus = MetricFamily(
        "health_service_status",
        .gauge,
        "1 for the service's current status, 0 for the others."
    )
    package static let probePassing = MetricFamily(
        "health_probe_passing",
        .gauge,
        "1 while the probe's endpoint answers 200, else 0."
    )
    package static let probeLastRequest = MetricFamily(
        "health_probe_last_request_timestamp_seconds",
        .gauge,
        "When the probe was last asked; 0 is never."
    )

    // The process, as Prometheus client libraries name it.
    package static let processCPU = MetricFamily(
        "process_cpu_seconds_total",
        .counter,
        "Total user and system CPU time spent in seconds."
    )
    package static let processResidentMemory = MetricFamily(
        "process_resident_memory_bytes",
        .gauge,
        "Resident memory size in bytes."
    )
    package static let processVirtualMemory = MetricFamily(
        "process_virtual_memory_bytes",
        .gauge,
        "Virtual memory size in bytes."
    )
    package static let processOpenDescriptors = MetricFamily(
        "process_open_fds",
        .gauge,
        "Number of open file descriptors."
    )
    package static let processMaximumDescriptors = MetricFamily(
        "process_max_fds",
        .gauge,
        "Maximum number of open file descriptors."
    )
    package static let processStart = MetricFamily(
        "process_start_time_seconds",
        .gauge,
        "Start time of the process since unix epoch in seconds."
    )
    package static let processThreads = MetricFamily(
        "process_threads",
        .gauge,
        "Number of OS threads in the process."
    )
}
