/// A value with the key that it belongs to: where a type reads it, and where its problems are reported.
package struct SettingPlace {
    /// The reader of the map in which the key stands.
    package let reader: SettingsReader
    /// The key as it is written.
    package let key: String
    /// The value of the key, or an element of it.
    package let node: SettingNode

    /// The full path of the key.
    package var path: String { reader.path(of: key) }

    /// A single value in the form in which `parse` reads it; nil after a problem was added.
    ///
    /// - Parameter expected: what would be right; made only when something is wrong.
    package func scalar<Value>(_ expected: @autoclosure () -> String, _ parse: (String) -> Value?) -> Value? {
        guard case .scalar(let scalar, _) = node, !scalar.isNull else {
            problem("expected \(expected()), found \(node.typeName)")
            return nil
        }
        if scalar.isUnresolved { return nil }
        let description = reader.description(of: key)
        if description?.isPublic == true, !scalar.fileTexts.isEmpty {
            problem(
                "`\(scalar.shown)` is a secret, and everybody may read this value; write it here or in a variable"
            )
            return nil
        }
        if let value = parse(scalar.text) { return value }
        let found = description?.isSecret == true ? "another value" : "`\(scalar.shown)`"
        problem("expected \(expected()), found \(found)")
        return nil
    }

    /// The value as a map.
    package func object(keys: [KeyDescription]) -> SettingsReader {
        SettingsReader(node, path: path, keys: keys, problems: reader.problems, inputs: reader.inputs)
    }

    /// An element of the value as a map with a path of its own.
    func element(_ item: SettingNode, path: String, keys: [KeyDescription]) -> SettingsReader {
        SettingsReader(item, path: path, keys: keys, problems: reader.problems, inputs: reader.inputs)
    }

    /// Adds a problem of the value.
    package func problem(_ message: String) {
        reader.problems.add(.init(position: node.position, path: path, message))
    }

    /// Another value of the same key, such as an element of its list.
    func with(_ node: SettingNode) -> SettingPlace {
        SettingPlace(reader: reader, key: key, node: node)
    }

    /// The value of one entry of a map with free keys; a map in it has a path of its own.
    func entry(_ entry: SettingNode.Entry, _ shape: SettingShape) -> SettingPlace {
        guard shape.isMap else { return with(entry.value) }
        let map = object(SettingNode.map([entry], entry.position), KeyDescription(entry.key, shape, about: ""))
        return SettingPlace(reader: map, key: entry.key, node: entry.value)
    }

    private func object(_ node: SettingNode, _ key: KeyDescription) -> SettingsReader {
        SettingsReader(node, path: path, keys: [key], problems: reader.problems, inputs: reader.inputs)
    }
}
