import HealthCore

/// How the configuration was loaded.
struct ReloadFacts: Sendable {
    /// Whether the last reload put a configuration into effect.
    var lastWasSuccessful = true
    /// When a configuration was last put into effect.
    var lastSuccess: Timestamp?
    /// Reloads that put a configuration into effect.
    var successes: UInt64 = 0
    /// Reloads that were refused.
    var failures: UInt64 = 0
    /// Whether the configuration holds what only a restart applies.
    var needsRestart = false

    /// Its rows in `/metrics`.
    static let families: [MetricFamily<ReloadFacts>] = [
        MetricFamily(
            "health_exporter_config_last_reload_successful",
            from: .lean,
            help: "1 when the last load of the configuration succeeded."
        ) { $0.lastWasSuccessful ? 1 : 0 },
        MetricFamily(
            "health_exporter_config_last_reload_success_timestamp_seconds",
            help: "When the configuration was last loaded successfully."
        ) { $0.lastSuccess?.seconds ?? 0 },
        MetricFamily(
            "health_exporter_config_reloads_total",
            type: .counter,
            labels: ["result"],
            help: "Attempts to load the configuration anew, by result."
        ) { facts, writer in
            writer.sample(count: facts.successes, extra: LabelText.encode("result", "success"))
            writer.sample(count: facts.failures, extra: LabelText.encode("result", "failure"))
        },
    ]

    /// Further down the page.
    static let restartFamilies: [MetricFamily<ReloadFacts>] = [
        MetricFamily(
            "health_exporter_restart_needed",
            help: "1 when the configuration holds a change that only a restart applies."
        ) { $0.needsRestart ? 1 : 0 }
    ]
}

extension ReloadFacts {
    /// What is wrong with the configuration, in sentences.
    var warnings: [String] {
        var warnings: [String] = []
        if !lastWasSuccessful {
            warnings.append(
                "The last reload of the configuration was refused; the old one goes on. The log has the errors."
            )
        }
        if needsRestart { warnings.append("The configuration has a change that only a restart applies.") }
        return warnings
    }
}
