/// A key of the configuration: its name, what it takes, and what it is for.
///
/// Decoding, errors and the JSON Schema all use it.
package struct SettingKey: Sendable {
    package let name: String
    package let type: SettingType
    package let summary: String
    /// False for a key of the contract that this release does not know how to honour: it is refused, never ignored.
    ///
    package let isSupported: Bool
    package let isRequired: Bool
    /// Its value is never printed.
    package let isSecret: Bool
    /// Everybody may read its value, as a label of metrics: nothing of it may come from a file of secrets.
    package let isPublic: Bool

    package init(
        _ name: String,
        _ type: SettingType,
        _ summary: String,
        required: Bool = false,
        secret: Bool = false,
        public isPublic: Bool = false
    ) {
        self.name = name
        self.type = type
        self.summary = summary
        isSupported = true
        isRequired = required
        isSecret = secret
        self.isPublic = isPublic
    }

    private init(unsupported name: String) {
        self.name = name
        type = .text(maximum: 0)
        summary = ""
        isSupported = false
        isRequired = false
        isSecret = true
        isPublic = false
    }

    /// Keys that are refused as not supported yet.
    package static func notYet(_ names: String...) -> [SettingKey] {
        names.map(SettingKey.init(unsupported:))
    }
}

/// What a key takes.
package indirect enum SettingType: Sendable {
    /// Text of at most so many characters, without control characters.
    case text(maximum: Int)
    /// Text with line feeds and all, of at most so many bytes.
    case freeText(maximum: Int)
    /// A name of a component or check.
    case name
    /// `250ms`, `10s`, `1m30s`, `1h`, `7d`.
    case duration
    /// `80%` or `0.8`.
    case ratio
    /// `10MiB`, `1GB`, `512`.
    case bytes
    case integer(ClosedRange<Int>)
    case boolean
    case choice([String])
    /// A URL with one of these schemes.
    case url([String])
    /// `host:port`.
    case address
    /// `10.0.0.0/8` or a single address.
    case network
    /// An RE2 regular expression.
    case pattern
    /// A path; a relative one counts from the file's folder.
    case path
    /// One of `200`, `[200-299]`.
    case statusRange
    case list(SettingType)
    /// A single value or a list of them.
    case oneOrMore(SettingType)
    /// A map with free keys.
    case dictionary(SettingType)
    case object([SettingKey])
    /// `{degraded: x, unhealthy: y}`.
    case thresholds(SettingType)
    /// One or the other.
    case either(SettingType, SettingType)
}
