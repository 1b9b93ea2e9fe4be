/// What is known of a key without its settings: the schema, errors and the reference page are made from it.
package struct KeyDescription: Sendable {
    /// The key as it is written, such as `free_bytes`.
    package let name: String
    /// The form of its values.
    package let shape: SettingShape
    /// What the key is for, without its default.
    package let about: String
    /// The default as documentation shows it; nil when there is nothing to say.
    package let defaultText: String?
    /// Options of the key, such as whether it must be given.
    package let traits: KeyTraits
    /// False for a key of the contract that this release does not support: it is refused, never ignored.
    package var isSupported: Bool { refusal == nil }
    /// Why the key is refused, as what follows its name in an error; nil when it is supported.
    package let refusal: String?

    /// The description of an optional and supported key, unless `traits` or `refusal` say otherwise.
    package init(
        _ name: String,
        _ shape: SettingShape,
        about: String,
        defaultText: String? = nil,
        traits: KeyTraits = [],
        refusal: String? = nil
    ) {
        self.name = name
        self.shape = shape
        self.about = about
        self.defaultText = defaultText
        self.traits = traits
        self.refusal = refusal
    }

    /// Whether the key must be given.
    package var isRequired: Bool { traits.contains(.required) }
    /// Its value is never printed.
    package var isSecret: Bool { traits.contains(.secret) }
    /// Everybody may read its value, as a label of metrics: nothing of it may come from a file of secrets.
    package var isPublic: Bool { traits.contains(.public) }

    /// What the key is for, with its default.
    package var summary: String {
        guard let defaultText else { return about }
        if about.isEmpty { return "Default \(defaultText)." }
        return (about.hasSuffix(".") ? String(about.dropLast()) : about) + "; default \(defaultText)."
    }
}

/// Options of a key.
package struct KeyTraits: OptionSet, Sendable {
    /// A bit for each trait.
    package let rawValue: Int

    /// The traits of these bits.
    package init(rawValue: Int) {
        self.rawValue = rawValue
    }

    /// The key must be given.
    package static let required = KeyTraits(rawValue: 1)
    /// Its value is never printed, and is removed from messages.
    package static let secret = KeyTraits(rawValue: 2)
    /// Its value is a label of metrics, and must not come from a file.
    package static let `public` = KeyTraits(rawValue: 4)
    /// A new value takes effect after a restart; the reload says so.
    package static let restart = KeyTraits(rawValue: 8)
}
