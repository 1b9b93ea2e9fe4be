/// The names that keys of a configuration may refer to.
package struct KnownNames: Sendable {
    /// What a key may refer to.
    package enum Scope: String, Sendable {
        case components = "component"
        case componentsAndGroups = "component or group"
    }

    private let components: [String]
    private let groups: [String]
    private let componentSet: Set<String>
    private let groupSet: Set<String>

    /// The names of the components and groups that the configuration and the program declare.
    package init(components: [String] = [], groups: [String] = []) {
        self.components = components
        self.groups = groups
        componentSet = Set(components)
        groupSet = Set(groups)
    }

    /// Whether there is something of a name.
    package func contains(_ name: String, in scope: Scope) -> Bool {
        componentSet.contains(name) || (scope == .componentsAndGroups && groupSet.contains(name))
    }

    fileprivate func all(_ scope: Scope) -> [String] { scope == .components ? components : components + groups }
}

extension SettingType where Value == [String] {
    /// A list of names of components or groups that are there, each once.
    ///
    /// - Parameter alternative: what may stand instead of names, added to what is wrong.
    package static func references(_ scope: KnownNames.Scope, alternative: String = "") -> SettingType {
        let expected = "the name of a \(scope.rawValue)\(alternative)"
        return SettingType(.list(.name), expected: "a list, each \(expected)") { place in
            guard case .list(let items, _) = place.node else {
                place.problem("expected a list, each \(expected); found \(place.node.typeName)")
                return nil
            }
            if items.isEmpty { place.problem("expected at least one name of a \(scope.rawValue)\(alternative)") }
            let known = place.reader.inputs.names
            var found: [String] = []
            for item in items {
                guard let name = place.with(item).scalar(expected, { $0 }) else { continue }
                if !known.contains(name, in: scope) {
                    let nearest = NearestName.of(name, among: known.all(scope)).map { ", did you mean `\($0)`?" } ?? ""
                    place.problem("there is no \(scope.rawValue) named `\(item.shown)`\(nearest)\(alternative)")
                } else if found.contains(name) {
                    place.problem("`\(item.shown)` is named twice")
                } else {
                    found.append(name)
                }
            }
            return found
        }
    }
}

extension SettingsReader {
    /// How an error quotes an element of a list.
    package func shown(element text: String, of key: String) -> String {
        guard case .list(let items, _) = node(key) else { return text.cutForDisplay }
        let item = items.first { if case .scalar(let scalar, _) = $0 { scalar.text == text } else { false } }
        return item?.shown ?? text.cutForDisplay
    }
}
