package import HealthChecks
import HealthCore

/// The keys of every section; the decoder, the errors and the JSON Schema use the same.
package enum ConfigurationKeys {
    package static let root: [SettingKey] =
        [
            SettingKey("service", .object(service), "Who speaks: labels of every sample and line."),
            SettingKey("web", .object(web), "The listeners and who may read what."),
            SettingKey("readiness", .object(readiness), "How readiness is decided."),
            SettingKey("shutdown", .object(shutdown), "How long to drain and to wait."),
            SettingKey("logs", .object(logs), "What is logged and how."),
            SettingKey("metrics", .object(metrics), "What /metrics shows."),
            SettingKey("limits", .object(limits), "Limits of what can grow."),
            SettingKey("network", .object(network), "Where checks may connect to."),
            SettingKey("defaults", .object(defaults), "Keys of checks and components that leave them out."),
            SettingKey("components", .dictionary(.object(component)), "What is checked, by name.", required: true),
        ] + SettingKey.notYet("groups", "flags", "maintenance")

    static let service: [SettingKey] = [
        SettingKey("name", .text(maximum: 256), "The service's name; default health-exporter."),
        SettingKey(
            "environment",
            .text(maximum: 256),
            "Default $HEALTH_ENVIRONMENT, then deployment.environment.name of $OTEL_RESOURCE_ATTRIBUTES, then unknown."
        ),
        SettingKey(
            "version",
            .text(maximum: 256),
            "Default $HEALTH_VERSION, then service.version of $OTEL_RESOURCE_ATTRIBUTES, then the exporter's own."
        ),
        SettingKey("instance", .text(maximum: 256), "Default $HEALTH_INSTANCE, then $POD_NAME, then the host name."),
    ]

    static let web: [SettingKey] =
        [
            SettingKey("listen", .address, "The main listener; default 0.0.0.0:8642."),
            SettingKey("probe_listen", .address, "The probe listener; default 0.0.0.0:8643."),
            SettingKey(
                "details",
                .choice(ExporterConfiguration.Audience.allCases.map(\.rawValue)),
                "Who may read messages, details and measurements; default local."
            ),
        ] + SettingKey.notYet("lifecycle", "host_names", "config_file")

    static let readiness: [SettingKey] = [
        SettingKey(
            "unknown",
            .choice(UnknownPolicy.allCases.map(\.rawValue)),
            "What unknown of a critical component does once the service has been ready; default not_ready."
        )
    ]

    static let shutdown: [SettingKey] = [
        SettingKey("drain", .duration, "How long everything goes on, not ready, after SIGTERM; default 5s."),
        SettingKey("grace", .duration, "From the signal to the end at the latest; default 20s."),
    ]

    static let logs: [SettingKey] = [
        SettingKey(
            "level",
            .choice(LogLevel.allCases.map(\.rawValue)),
            "The least important level that is written; default info."
        ),
        SettingKey("format", .choice(ExporterConfiguration.LogFormat.allCases.map(\.rawValue)), "Default json."),
    ]

    static let metrics: [SettingKey] = [
        SettingKey(
            "labels",
            .choice(["all", "info"]),
            "Whether every sample carries environment, version and instance, or target_info alone; default all."
        ),
        SettingKey("phases", .boolean, "Whether the phases of the last run are shown; default true."),
    ]

    static let limits: [SettingKey] = [
        SettingKey("stall", .duration, "The age of a watermark from which on liveness fails; default 30s."),
        SettingKey("runs_in_flight", .integer(1...100_000), "Runs at once; default 10000."),
        SettingKey("checks", .integer(1...100_000), "Checks in all; default 10000."),
        SettingKey("series", .integer(1...10_000_000), "Sample lines of /metrics; default 1000000."),
        SettingKey("blocking_threads", .integer(1...1024), "Threads for calls that block; default 32."),
    ]

    static let network: [SettingKey] = [
        SettingKey(
            "allow",
            .list(.network),
            "Networks that are allowed although link-local, metadata, multicast or unspecified."
        )
    ]

    static let component: [SettingKey] =
        componentCommon + [
            SettingKey("checks", .dictionary(.object([])), "The component's checks, by name.", required: true)
        ]

    /// Keys that `defaults.component` may give too.
    static let componentCommon: [SettingKey] =
        [
            SettingKey(
                "impact",
                .choice(Impact.allCases.map(\.rawValue)),
                "What the component does to the service; default critical."
            ),
            SettingKey("scope", .choice(["local"]), "local: a fault of it speaks about this instance."),
            SettingKey("owner", .text(maximum: 256), "Who looks after it."),
            SettingKey("runbook", .url(["http", "https"]), "What to do when it is red."),
            SettingKey("objective", .ratio, "The success ratio aimed at; default 99%."),
            SettingKey(
                "startup",
                .choice(StartupRequirement.allCases.map(\.rawValue)),
                "What start-up waits for; default result for critical components, else false."
            ),
            SettingKey("buckets", .list(.ratio), "Latency bounds of all its checks, in seconds."),
        ] + SettingKey.notYet("depends_on")

    static let defaults: [SettingKey] =
        check + [
            SettingKey("component", .object(componentCommon), "Keys of components that leave them out.")
        ]

    /// Keys that every check has, whatever its kind.
    package static let check: [SettingKey] =
        [
            SettingKey("interval", .duration, "The steady cadence, at least 100ms; default 10s."),
            SettingKey("timeout", .duration, "The total deadline of a run, shorter than the interval; default 2s."),
            SettingKey(
                "confirm_interval",
                .duration,
                "The cadence while a change is being confirmed; default min(interval, max(1s, interval/5))."
            ),
            SettingKey(
                "failure_threshold",
                .integer(1...100),
                "Results in a row that it takes to become worse; default 3."
            ),
            SettingKey(
                "success_threshold",
                .integer(1...100),
                "Results in a row that it takes to become better; default 1."
            ),
            SettingKey("degraded_above", .duration, "A success slower than this is degraded; default none."),
            SettingKey("max_age", .duration, "Older than this the status is unknown; default 2*interval + timeout."),
        ] + SettingKey.notYet("retries", "circuit_breaker")

    static let kind = SettingKey("kind", .choice(CheckCatalog.kinds.map(\.name)), "The sort of check.", required: true)
}
