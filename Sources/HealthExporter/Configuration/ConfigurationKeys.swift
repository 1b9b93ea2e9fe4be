package import HealthChecks
import HealthCore

/// The keys of every section; the decoder, the errors and the JSON Schema use the same.
package enum ConfigurationKeys {
    package static let root: [SettingKey] = [
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
        SettingKey("groups", .dictionary(.object(group)), "Components that act together, by name."),
        SettingKey("flags", .dictionary(.object(flag)), "Features that are switched off while what they need is down."),
        SettingKey("maintenance", .list(.object(maintenance)), "Times in which alerts are held back."),
    ]

    static let group: [SettingKey] =
        [
            SettingKey("members", .list(.name), "Its components.", required: true, public: true),
            SettingKey(
                "require",
                .either(.choice(["all", "any"]), .integer(1...10_000)),
                "How many members must be well: all, any or a number; default all."
            ),
        ] + groupCommon

    static let flag: [SettingKey] = [
        SettingKey(
            "requires",
            .list(.name),
            "Components and groups that must not be down.",
            required: true,
            public: true
        ),
        SettingKey("default", .boolean, "Its value while it is not known how they are; default true."),
    ]

    static let maintenance: [SettingKey] = [
        SettingKey("components", .list(.name), "The components it covers, or [all].", required: true, public: true),
        SettingKey("from", .text(maximum: 64), "When it begins, in RFC 3339."),
        SettingKey("until", .text(maximum: 64), "When it is over, in RFC 3339."),
        SettingKey("weekly", .object(weekly), "A time that comes back every week, instead of from and until."),
    ]

    static let weekly: [SettingKey] = [
        SettingKey(
            "days",
            .oneOrMore(.choice(["sun", "mon", "tue", "wed", "thu", "fri", "sat"])),
            "Days on which it begins.",
            required: true
        ),
        SettingKey(
            "at",
            .text(maximum: 5),
            "When it begins by the clocks of the time zone, such as 02:00.",
            required: true
        ),
        SettingKey("for", .duration, "How long it lasts, at most 7d.", required: true),
        SettingKey("time_zone", .text(maximum: 64), "The name of a time zone; default UTC."),
    ]

    static let service: [SettingKey] = [
        SettingKey("name", .text(maximum: 256), "The service's name; default health-exporter.", public: true),
        SettingKey(
            "environment",
            .text(maximum: 256),
            "Default $HEALTH_ENVIRONMENT, then deployment.environment.name of $OTEL_RESOURCE_ATTRIBUTES, then unknown.",
            public: true
        ),
        SettingKey(
            "version",
            .text(maximum: 256),
            "Default $HEALTH_VERSION, then service.version of $OTEL_RESOURCE_ATTRIBUTES, then the exporter's own.",
            public: true
        ),
        SettingKey(
            "instance",
            .text(maximum: 256),
            "Default $HEALTH_INSTANCE, then $POD_NAME, then the host name.",
            public: true
        ),
    ]

    static let web: [SettingKey] =
        [
            SettingKey("listen", .address, "The main listener; default 0.0.0.0:8642."),
            SettingKey("probe_listen", .address, "The probe listener; default 0.0.0.0:8643."),
            SettingKey(
                "admin_socket",
                .text(maximum: AdminSocketPath.maximumLength),
                "A Unix socket of mode 0600 that serves everything, for the commands status, reload and drill: auto (default), "
                    + "off or a path."
            ),
            SettingKey(
                "details",
                .choice(ExporterConfiguration.Audience.allCases.map(\.rawValue)),
                "Who may read messages, details, targets and measurements; default loopback."
            ),
            SettingKey(
                "lifecycle",
                .choice(ExporterConfiguration.Audience.allCases.map(\.rawValue)),
                "Who may reload and drill; default admin."
            ),
            SettingKey(
                "host_names",
                .list(.text(maximum: 253)),
                "Names under which browsers may reach the main listener."
            ),
        ] + SettingKey.notYet("config_file")

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
        componentCommon + dependsOn + [
            SettingKey("checks", .dictionary(.object([])), "The component's checks, by name.", required: true)
        ]

    static let dependsOn = [
        SettingKey(
            "depends_on",
            .list(.name),
            "Components and groups that it needs; alerts are held back while one is down.",
            public: true
        )
    ]

    /// Keys that `defaults.component` may give too.
    static let componentCommon: [SettingKey] =
        groupCommon + [
            SettingKey("objective", .ratio, "The success ratio aimed at; default 99%."),
            SettingKey("buckets", .list(.ratio), "Latency bounds of all its checks, in seconds."),
        ]

    /// Keys of components and groups.
    static let groupCommon: [SettingKey] =
        [
            SettingKey(
                "impact",
                .choice(Impact.allCases.map(\.rawValue)),
                "What the component does to the service; default critical."
            ),
            SettingKey(
                "scope",
                .choice(Scope.allCases.map(\.rawValue)),
                "local: a fault of it speaks about this instance; shared: all replicas share it; default local."
            ),
            SettingKey("owner", .text(maximum: 256), "Who looks after it.", public: true),
            SettingKey("runbook", .url(["http", "https"]), "What to do when it is red; no user in it.", public: true),
            SettingKey(
                "startup",
                .choice(StartupRequirement.allCases.map(\.rawValue)),
                "What start-up waits for; default result for critical components, else false."
            ),
        ]

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
            SettingKey("retries", .object(retries), "Extra tries inside one run and its timeout; default none."),
            SettingKey("circuit_breaker", .object(breaker), "Runs that are left out while it fails; default none."),
        ]

    static let retries: [SettingKey] = [
        SettingKey("attempts", .integer(0...10), "Tries beyond the first; default 0."),
        SettingKey(
            "backoff",
            .duration,
            "The longest wait before the first of them; doubles each time; default 100ms."
        ),
        SettingKey("max_backoff", .duration, "The longest wait of all; default 1s."),
    ]

    static let breaker: [SettingKey] = [
        SettingKey("failures", .integer(1...1000), "Failures in a row that open it; default 5."),
        SettingKey("open_for", .duration, "How long it then stays open; default 10s."),
        SettingKey("max_open_for", .duration, "How long at most, after trials that failed; default 30s."),
    ]

    static let kind = SettingKey("kind", .choice(CheckCatalog.kinds.map(\.name)), "The sort of check.", required: true)
}
