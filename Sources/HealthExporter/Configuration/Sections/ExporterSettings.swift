package import HealthChecks
package import HealthCore

/// Everything that a configuration file says, as values.
package struct ExporterSettings: Settings {
    package var service = ServiceSettings()
    package var web = WebSettings()
    package var readiness = ReadinessSettings()
    package var shutdown = ShutdownSettings()
    package var logs = LogSettings()
    package var metrics = MetricsSettings()
    package var state = StateSettings()
    package var limits = LimitsSettings()
    package var network = NetworkSettings()
    package var defaults = DefaultsSettings()
    package var components: [SettingEntry<ComponentSettings>] = []
    package var groups: [SettingEntry<GroupSettings>] = []
    package var flags: [SettingEntry<FlagSettings>] = []
    package var maintenance: [MaintenanceSettings] = []

    /// Every section at its defaults; no components, groups, flags or maintenance windows.
    package init() {}

    package static let keys: [SettingKey<ExporterSettings>] = [
        SettingKey(
            "service",
            in: \.service,
            as: .object(ServiceSettings.self),
            "Who speaks: labels of every sample and line."
        ),
        SettingKey("web", in: \.web, as: .object(WebSettings.self), "The listeners and who may read what."),
        SettingKey("readiness", in: \.readiness, as: .object(ReadinessSettings.self), "How readiness is decided."),
        SettingKey("shutdown", in: \.shutdown, as: .object(ShutdownSettings.self), "How long to drain and to wait."),
        SettingKey("logs", in: \.logs, as: .object(LogSettings.self), "What is logged and how."),
        SettingKey("metrics", in: \.metrics, as: .object(MetricsSettings.self), "What /metrics shows."),
        SettingKey(
            "state",
            in: \.state,
            as: .object(StateSettings.self),
            "Where what happened is kept over a restart."
        ),
        SettingKey("limits", in: \.limits, as: .object(LimitsSettings.self), "Limits of what can grow."),
        SettingKey("network", in: \.network, as: .object(NetworkSettings.self), "Where checks may connect to."),
        SettingKey(
            "defaults",
            in: \.defaults,
            as: .object(DefaultsSettings.self),
            "Keys of checks and components that leave them out."
        ),
        // Read by decoders of their own, because entries begin with what `defaults` says.
        .custom(
            "components",
            as: .dictionary(.map(ComponentSettings.descriptions)),
            "What is checked, by name.",
            traits: .required
        ),
        .custom(
            "groups",
            as: .dictionary(.map(GroupSettings.descriptions)),
            "Components that act together, by name."
        ),
        SettingKey(
            "flags",
            in: \.flags,
            as: .named("flag", FlagSettings.self),
            "Features that are switched off while what they need is down."
        ),
        SettingKey(
            "maintenance",
            in: \.maintenance,
            as: .objects("windows"),
            "Times in which alerts are suppressed."
        ),
    ]

    /// Who speaks, as metrics and logs carry it.
    package var identity: ServiceIdentity {
        ServiceIdentity(
            name: service.name,
            environment: service.environment,
            version: service.version,
            instance: service.instance,
            labelsEverySample: metrics.labels == .all
        )
    }
}
