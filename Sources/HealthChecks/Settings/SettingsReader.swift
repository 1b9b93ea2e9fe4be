/// Reads the keys of one map; adds every problem with its place and goes on.
///
/// Accessors return nil for a key that is absent or wrong; the problem has then been added.
package struct SettingsReader {
    /// The full path of the map, such as `components.web`; empty for the whole file.
    package let path: String
    /// Where the map begins; line 1, column 1 when it is missing.
    package let position: SettingPosition
    /// Where problems are added; readers of one file share it.
    package let problems: SettingProblems
    /// What decoding needs besides the text.
    package private(set) var inputs: SettingInputs
    private let keys: [String: KeyDescription]
    private let entries: [String: SettingNode.Entry]
    private let source: SettingNode?

    /// Reads a map against the keys that are allowed in it; a missing node reads as an empty map.
    package init(
        _ node: SettingNode?,
        path: String,
        keys: [KeyDescription],
        problems: SettingProblems,
        inputs: SettingInputs = SettingInputs()
    ) {
        self.path = path
        self.problems = problems
        self.inputs = inputs
        source = node
        self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })
        position = node?.position ?? SettingPosition(line: 1, column: 1)
        var accepted: [String: SettingNode.Entry] = [:]
        switch node {
        case .map(let entries, _):
            for entry in entries
            where Self.isAllowed(entry, among: keys, path: path, problems) && accepted[entry.key] == nil {
                accepted[entry.key] = entry
            }
        case .some(let node) where !node.isNull:
            problems.add(.init(position: node.position, path: path, "expected a map of keys, found \(node.typeName)"))
        default: break
        }
        entries = accepted
        for key in keys where key.isRequired && accepted[key.name] == nil {
            problems.add(.init(position: position, path: path, "the key `\(key.name)` is missing: \(key.summary)"))
        }
    }

    private static func isAllowed(
        _ entry: SettingNode.Entry,
        among keys: [KeyDescription],
        path: String,
        _ problems: SettingProblems
    ) -> Bool {
        if let key = keys.first(where: { $0.name == entry.key }) {
            guard let refusal = key.refusal else { return true }
            problems.add(.init(position: entry.position, path: path, "the key `\(entry.key)` \(refusal)"))
            return false
        }
        let known = keys.filter(\.isSupported).map(\.name)
        let shown = entry.key.cutForDisplay
        var message = "unknown key `\(shown)`"
        if let nearest = NearestName.of(entry.key, among: known) {
            message += ", did you mean `\(nearest)`?"
        } else {
            message += "; allowed here: \(known.joined(separator: ", "))"
        }
        problems.add(.init(position: entry.position, path: path, message))
        return false
    }

    /// The secrets in it.
    package var secrets: [String] { source.map { Redaction.secrets(of: $0, keys: Array(keys.values)) } ?? [] }

    /// The same keys, read with other inputs.
    package func with(_ inputs: SettingInputs) -> SettingsReader {
        var copy = self
        copy.inputs = inputs
        return copy
    }

    /// Whether the key is given.
    package func has(_ key: String) -> Bool { entries[key] != nil }

    /// The value of a key as it stands.
    package func node(_ key: String) -> SettingNode? {
        precondition(keys[key] != nil, "`\(key)` is not declared at \(path)")
        return entries[key]?.value
    }

    /// Where a key's value stands, or the map itself.
    package func position(of key: String) -> SettingPosition {
        entries[key]?.value.position ?? position
    }

    /// The full path of a key.
    package func path(of key: String) -> String {
        path.isEmpty ? key : "\(path).\(key)"
    }

    /// Adds a problem of the map as a whole.
    package func problem(_ message: String) {
        problems.add(.init(position: position, path: path, message))
    }

    /// Adds a problem of a key's value.
    package func problem(_ key: String, _ message: String) {
        problems.add(.init(position: position(of: key), path: path(of: key), message))
    }

    /// How an error quotes the value of a key: a text that says the same, unless a placeholder stands in the file.
    package func shown(_ key: String, _ text: String) -> String {
        guard case .scalar(let scalar, _) = node(key), scalar.isReplaced else { return text }
        return scalar.shown
    }

    /// Whether something in the value of a key came from elsewhere.
    package func isReplaced(_ key: String) -> Bool { node(key)?.isReplaced ?? false }

    /// What is known of a key.
    func description(of key: String) -> KeyDescription? { keys[key] }

    /// The entries of a map with free keys.
    package func entries(_ key: String) -> [SettingNode.Entry] {
        switch node(key) {
        case nil: return []
        case .map(let entries, _): return entries
        case .some(let node):
            if !node.isNull { problem(key, "expected a map, found \(node.typeName)") }
            return []
        }
    }

    /// A nested map.
    package func object(_ key: String, keys: [KeyDescription]) -> SettingsReader {
        SettingsReader(node(key), path: path(of: key), keys: keys, problems: problems, inputs: inputs)
    }
}
