/// Reads the keys of one map; notes every problem with its place and goes on.
///
/// Accessors return nil for a key that is absent or wrong; what is wrong has then been noted.
package struct SettingsReader {
    package let path: String
    package let position: SettingPosition
    package let problems: SettingProblems
    private let keys: [String: SettingKey]
    private let entries: [String: SettingNode.Entry]
    private let source: SettingNode?

    /// Reads a map against the keys that are allowed in it; a missing node reads as an empty map.
    package init(_ node: SettingNode?, path: String, keys: [SettingKey], problems: SettingProblems) {
        self.path = path
        self.problems = problems
        source = node
        self.keys = Dictionary(uniqueKeysWithValues: keys.map { ($0.name, $0) })
        position = node?.position ?? SettingPosition(line: 1, column: 1)
        var accepted: [String: SettingNode.Entry] = [:]
        switch node {
        case .map(let entries, _):
            for entry in entries where Self.isAllowed(entry, keys, path, problems) && accepted[entry.key] == nil {
                accepted[entry.key] = entry
            }
        case .some(let node) where !node.isNull:
            problems.add(.init(position: node.position, path: path, "expected a map of keys, found \(node.sort)"))
        default: break
        }
        entries = accepted
        for key in keys where key.isRequired && accepted[key.name] == nil {
            problems.add(.init(position: position, path: path, "the key `\(key.name)` is missing: \(key.summary)"))
        }
    }

    private static func isAllowed(
        _ entry: SettingNode.Entry,
        _ keys: [SettingKey],
        _ path: String,
        _ problems: SettingProblems
    ) -> Bool {
        if let key = keys.first(where: { $0.name == entry.key }) {
            if key.isSupported { return true }
            problems.add(.init(position: entry.position, path: path, "the key `\(entry.key)` is not supported yet"))
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

    /// What it says: two that say the same have the same text.
    package func meaning(leavingOut names: Set<String>) -> String {
        SettingNode.map(entries.values.filter { !names.contains($0.key) }, position).meaning
    }

    /// The secrets in it.
    package var redaction: Redaction { source.map { Redaction(of: $0, keys: Array(keys.values)) } ?? Redaction([]) }

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

    /// Notes what is wrong with a key's value.
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

    /// The value of a key in the form in which its type reads it.
    ///
    /// - Parameter expected: what would be right; made only when something is wrong.
    package func value<Value>(
        _ key: String,
        _ expected: @autoclosure () -> String,
        _ read: (String) -> Value?
    ) -> Value? {
        node(key).flatMap { scalar($0, key, expected(), read) }
    }

    /// The value of a node that belongs to a key.
    func scalar<Value>(
        _ node: SettingNode,
        _ key: String,
        _ expected: @autoclosure () -> String,
        _ read: (String) -> Value?
    ) -> Value? {
        guard case .scalar(let scalar, let position) = node, !scalar.isNull else {
            problems.add(
                .init(position: node.position, path: path(of: key), "expected \(expected()), found \(node.sort)")
            )
            return nil
        }
        if scalar.isUnresolved { return nil }
        if keys[key]?.isPublic == true, !scalar.fileTexts.isEmpty {
            let message =
                "`\(scalar.shown)` is a secret, and everybody may read this value; write it here or in a variable"
            problems.add(.init(position: position, path: path(of: key), message))
            return nil
        }
        if let value = read(scalar.text) { return value }
        let found = keys[key]?.isSecret == true ? "another value" : "`\(scalar.shown)`"
        problems.add(.init(position: position, path: path(of: key), "expected \(expected()), found \(found)"))
        return nil
    }

    /// The values of a list.
    package func list<Value>(_ key: String, _ expected: String, _ read: (String) -> Value?) -> [Value]? {
        guard let node = node(key) else { return nil }
        guard case .list(let items, _) = node else {
            problem(key, "expected a list, each \(expected); found \(node.sort)")
            return nil
        }
        return items.compactMap { scalar($0, key, expected, read) }
    }

    /// The names in a list, each as it counts and as errors quote it.
    package func names(_ key: String, _ expected: String) -> [(name: String, shown: String)] {
        guard case .list(let items, _) = node(key) else {
            _ = list(key, expected) { $0 }
            return []
        }
        return items.compactMap { item in
            scalar(item, key, expected) { $0 }.map { ($0, item.shown) }
        }
    }

    /// The values of a list, or of a single value as a list of one.
    package func oneOrMore<Value>(_ key: String, _ expected: String, _ read: (String) -> Value?) -> [Value]? {
        if case .list = node(key) { return list(key, expected, read) }
        return value(key, expected, read).map { [$0] }
    }

    /// The entries of a map with free keys.
    package func entries(_ key: String) -> [SettingNode.Entry] {
        switch node(key) {
        case nil: return []
        case .map(let entries, _): return entries
        case .some(let node):
            if !node.isNull { problem(key, "expected a map, found \(node.sort)") }
            return []
        }
    }

    /// Texts by name.
    package func dictionary(_ key: String, _ expected: String) -> [(name: String, value: String)] {
        entries(key).compactMap { entry in
            scalar(entry.value, key, expected) { $0 }.map { (entry.key, $0) }
        }
    }

    /// A nested map.
    package func object(_ key: String, keys: [SettingKey]) -> SettingsReader {
        SettingsReader(node(key), path: path(of: key), keys: keys, problems: problems)
    }
}
