/// A place in a configuration file; both count from 1.
package struct SettingPosition: Hashable, Comparable, Sendable {
    /// The line, from 1.
    package var line: Int
    /// The column in the line, from 1.
    package var column: Int

    /// The place at a line and column.
    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: SettingPosition, right: SettingPosition) -> Bool {
        left.line != right.line ? left.line < right.line : left.column < right.column
    }
}

/// A value of a configuration file with the place where it stands.
package indirect enum SettingNode: Sendable {
    case scalar(SettingScalar, SettingPosition)
    case list([SettingNode], SettingPosition)
    case map([Entry], SettingPosition)

    /// A key with its value.
    package struct Entry: Sendable {
        /// The key as text, without quotes.
        package var key: String
        /// Where the key stands; the value has a place of its own.
        package var position: SettingPosition
        /// What stands at the key.
        package var value: SettingNode

        /// An entry with the place of its key.
        package init(key: String, position: SettingPosition, value: SettingNode) {
            self.key = key
            self.position = position
            self.value = value
        }
    }

    /// Where the value begins.
    package var position: SettingPosition {
        switch self {
        case .scalar(_, let position), .list(_, let position), .map(_, let position): position
        }
    }

    /// How an error calls what was found.
    package var typeName: String {
        switch self {
        case .scalar(let scalar, _): scalar.isNull ? "nothing" : "a single value"
        case .list: "a list"
        case .map: "a map"
        }
    }

    /// Whether something in it came from elsewhere.
    package var isReplaced: Bool {
        switch self {
        case .scalar(let scalar, _): scalar.isReplaced
        case .list(let items, _): items.contains(where: \.isReplaced)
        case .map(let entries, _): entries.contains(where: \.value.isReplaced)
        }
    }

    /// How errors quote a single value; empty for others.
    package var shown: String {
        if case .scalar(let scalar, _) = self { scalar.shown } else { "" }
    }

    /// A map without entries, or nothing where a map is expected.
    package var isEmptyMap: Bool {
        if case .map(let entries, _) = self { entries.isEmpty } else { isNull }
    }

    /// Nothing is written where a value is expected.
    package var isNull: Bool {
        if case .scalar(let scalar, _) = self { scalar.isNull } else { false }
    }
}

/// A text as it was written and as it counts.
package struct SettingScalar: Sendable {
    /// With placeholders replaced; this is what counts.
    package var text: String
    /// As it stands in the file; errors quote this, so that what came from elsewhere stays secret.
    package var written: String
    /// Written without quotes.
    package var isPlain: Bool
    /// A placeholder in it could not be replaced; the problem was added where it was found, and its value says nothing.
    package var isUnresolved = false
    /// What came from files, which makes all of it a secret.
    package var fileTexts: [String] = []

    /// A text; `written` is nil when it stands in the file as it counts.
    package init(_ text: String, written: String? = nil, isPlain: Bool = true) {
        self.text = text
        self.written = written ?? text
        self.isPlain = isPlain
    }

    /// As errors quote it.
    package var shown: String { written.cutForDisplay }

    /// Whether something in it came from elsewhere.
    package var isReplaced: Bool { written != text }

    /// Nothing, `~` or `null`, unquoted.
    package var isNull: Bool {
        isPlain && ["", "~", "null"].contains(written)
    }
}
