package import HealthChecks

/// The `service` section: who speaks; labels of every sample and log line.
package struct ServiceSettings: Settings {
    package var name = "health-exporter"
    /// Empty only before ``IdentityDefaults`` are applied.
    package var environment = ""
    package var version = ""
    package var instance = ""

    /// The default name; the other values come from ``IdentityDefaults``.
    package init() {}

    package static let keys: [SettingKey<ServiceSettings>] = [
        SettingKey("name", in: \.name, as: .text(), "The service's name.", traits: [.public, .restart]),
        SettingKey(
            "environment",
            in: \.environment,
            as: .text(),
            "",
            default: "$HEALTH_ENVIRONMENT, then deployment.environment.name of $OTEL_RESOURCE_ATTRIBUTES, then unknown",
            traits: [.public, .restart]
        ),
        SettingKey(
            "version",
            in: \.version,
            as: .text(),
            "",
            default: "$HEALTH_VERSION, then service.version of $OTEL_RESOURCE_ATTRIBUTES, then the exporter's own",
            traits: [.public, .restart]
        ),
        SettingKey(
            "instance",
            in: \.instance,
            as: .text(),
            "",
            default: "$HEALTH_INSTANCE, then $POD_NAME, then the host name",
            traits: [.public, .restart]
        ),
    ]
}
