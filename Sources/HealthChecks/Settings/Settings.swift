/// Settings as plain values: what a map of the configuration says, checked and complete.
///
/// A new value holds the defaults. Each stored property has one ``SettingKey`` in ``keys``; from this table come the decoder, its errors,
/// the JSON Schema, the reference page and the comparison at a reload. To convert a kind of check:
///
/// 1. Declare a `Hashable` struct that conforms to ``CheckSettings``. Its stored properties are what the keys say, nothing that is alive:
///    no connection, no TLS context, no pool. The initial values are the defaults; optional properties have none.
/// 2. List its keys: `SettingKey("free_bytes", in: \.freeBytes, as: .thresholds(.bytes, lowIsBad: true), "Free space; low is bad.")`.
///    Leave out the default in the text: it is printed from the value. Give `default:` for a default that is derived. Use `.tls(\.tls)` and
///    `.ipVersion(\.version)` for the keys that kinds share.
/// 3. Write a type of value that only this kind has as `extension SettingType where Value == …`, with the text of what is expected.
/// 4. Put rules between keys into `validate(_:)`, which sees the values and the reader that knows the place of each.
/// 5. Build the check in `makeCheck(_:seen:)`, without reading a file.
/// 6. Replace the kind: `static let kind = CheckKind(name: "disk", summary: "…", settings: DiskSettings.self)`.
package protocol Settings: Hashable, Sendable {
    /// The defaults.
    init()

    /// The keys, in the order of the documentation.
    static var keys: [SettingKey<Self>] { get }

    /// Adds problems of keys that contradict each other; called after all keys were read.
    func validate(_ reader: SettingsReader)
}

extension Settings {
    /// No rules between keys.
    package func validate(_ reader: SettingsReader) {}

    /// The keys without their settings.
    package static var descriptions: [KeyDescription] { keys.map(\.description) }

    /// The paths of keys that differ and take effect only after a restart.
    package static func restartPaths(from old: Self, to new: Self) -> [String] {
        keys.flatMap { $0.restartPaths(old, new) }
    }

    /// These settings, with every key that takes effect only after a restart as it is in the running ones.
    package func keepingRestartKeys(of running: Self) -> Self {
        var kept = self
        for key in Self.keys { key.keep(running, &kept) }
        return kept
    }
}

extension SettingsReader {
    /// Reads every key that is given into settings, and checks the rules between keys.
    package func decode<Root: Settings>(into settings: inout Root) {
        read(into: &settings)
        settings.validate(self)
    }

    /// Reads every key that is given into settings, without the rules between keys.
    package func read<Root: Settings>(into settings: inout Root) {
        for key in Root.keys { key.read(self, &settings) }
    }

    /// The settings that this map gives.
    package func decoded<Root: Settings>(_ type: Root.Type = Root.self) -> Root {
        var settings = Root()
        decode(into: &settings)
        return settings
    }
}
