package import HealthChecks

/// The `state` section: where what happened is kept over a restart.
package struct StateSettings: Settings {
    package var path = ""
    package var maximumBytes = 1024 * 1024 * 1024

    /// Without a path: in memory only.
    package init() {}

    /// Whether there is a file.
    package var isKept: Bool { !path.isEmpty }

    package static let keys: [SettingKey<StateSettings>] = [
        SettingKey(
            "path",
            in: \.path,
            as: .path,
            "The file that remembers history, incidents, drills and heartbeats over a restart; absent: in memory only.",
            traits: .restart
        ),
        SettingKey(
            "max_size",
            in: \.maximumBytes,
            as: .bytes(1024 * 1024...1024 * 1024 * 1024 * 1024),
            "How large the file may become; the oldest history goes first.",
            traits: .restart
        ),
    ]

    package func validate(_ reader: SettingsReader) {
        if path.isEmpty, reader.has("max_size") {
            reader.problem("max_size", "max_size has no effect without path: what happened is kept in memory only")
        }
    }
}
