package import HealthCore

/// A sort of check: its name, its keys, and how one is made from them.
package struct CheckKind: Sendable {
    package let name: String
    package let summary: String
    /// The keys besides those that every check has.
    package let keys: [SettingKey]
    /// Makes a check; nil when a problem was noted.
    package let make: @Sendable (SettingsReader, CheckResources) -> (any HealthCheck)?

    package init(
        name: String,
        summary: String,
        keys: [SettingKey],
        make: @escaping @Sendable (SettingsReader, CheckResources) -> (any HealthCheck)?
    ) {
        self.name = name
        self.summary = summary
        self.keys = keys
        self.make = make
    }

    /// The key of every kind that connects.
    static let versionKey = SettingKey(
        "ip",
        .choice(IPVersion.allCases.map(\.rawValue)),
        "Which addresses of a name to use; default auto."
    )
}
