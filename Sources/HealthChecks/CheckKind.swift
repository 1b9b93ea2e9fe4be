package import HealthCore

/// A kind of check: its name, its keys, and how its settings are decoded.
package struct CheckKind: Sendable {
    /// The value of a check's key `kind`, such as `http`.
    package let name: String
    /// What a check of this kind does, as a sentence.
    package let summary: String
    /// Everything that checks of the kind can measure; which of it one does measure depends on its keys.
    package let measurements: [Measurement]
    /// The keys besides those that every check has.
    package let keys: [KeyDescription]
    /// Decodes the settings; complete only when no problem was added.
    package let decode: @Sendable (SettingsReader) -> any CheckSettings

    /// A kind that is described by its settings.
    package init<Own: CheckSettings>(
        name: String,
        summary: String,
        measurements: [Measurement] = [],
        settings: Own.Type
    ) {
        self.name = name
        self.summary = summary
        self.measurements = measurements
        keys = Own.descriptions
        decode = { $0.decoded(Own.self) }
    }

    /// Decodes and makes a check in one step; nil after a problem was added.
    package func make(_ reader: SettingsReader, _ resources: CheckResources) -> (any HealthCheck)? {
        let reader = reader.with(resources.inputs)
        let before = reader.problems.count
        let settings = decode(reader)
        guard reader.problems.count == before else { return nil }
        return settings.makeCheck(resources, seen: reader.seen)
    }
}

extension SettingKey where Root: Settings {
    /// The key of every kind that connects.
    static func ipVersion(_ path: any WritableKeyPath<Root, IPVersion> & Sendable) -> SettingKey {
        SettingKey("ip", in: path, as: .choice(), "Which addresses of a name to use.")
    }

    /// The `tls` key of a kind that connects.
    static func tls(_ path: any WritableKeyPath<Root, TLSOptions?> & Sendable, _ about: String) -> SettingKey {
        SettingKey("tls", in: path, as: .object(TLSOptions.self), about)
    }
}
