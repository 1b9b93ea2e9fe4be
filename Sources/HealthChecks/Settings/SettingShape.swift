/// The form of a value, as the JSON Schema and the reference page describe it.
package indirect enum SettingShape: Sendable {
    /// Text of at most so many characters, without control characters.
    case text(maximum: Int)
    /// Text that may contain line feeds, of at most so many bytes.
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
    /// A path; a relative one counts from the folder of the configuration file.
    case path
    /// One of `200`, `[200-299]`.
    case statusRange
    case list(SettingShape)
    /// A single value or a list of them.
    case oneOrMore(SettingShape)
    /// A map with free keys.
    case dictionary(SettingShape)
    /// A map with these keys.
    case map([KeyDescription])
    /// `{degraded: x, unhealthy: y}`.
    case thresholds(SettingShape)
    /// One or the other.
    case either(SettingShape, SettingShape)

    /// Whether a key of the map takes effect after a restart only.
    var hasRestartKey: Bool {
        guard case .map(let keys) = self else { return false }
        return keys.contains { $0.traits.contains(.restart) || $0.shape.hasRestartKey }
    }

    /// The keys of the map that a value is, may be, or is a list of; nil for other values.
    var keys: [KeyDescription]? {
        switch self {
        case .map(let keys): keys
        case .list(let element), .oneOrMore(let element): element.keys
        case .either(let first, let second): first.keys ?? second.keys
        default: nil
        }
    }

    /// Whether a value is a map with keys of its own, whose errors have their own paths.
    var isMap: Bool {
        switch self {
        case .map, .thresholds: true
        default: false
        }
    }
}
