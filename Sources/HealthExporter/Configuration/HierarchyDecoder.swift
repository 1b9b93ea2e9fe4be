import HealthChecks
import HealthCore

/// Decodes groups, and refuses references that contradict each other or lead in a ring.
struct HierarchyDecoder {
    private let root: SettingsReader
    private let defaults: ComponentCommonSettings
    private let program: ProgramRegistrations

    /// - Parameters:
    ///   - root: the keys of the whole file.
    ///   - defaults: what `defaults.component` says; groups get its role, without the runbook.
    ///   - program: what the program registers in code; its dependencies are checked too.
    init(_ root: SettingsReader, defaults: ComponentCommonSettings, program: ProgramRegistrations) {
        self.root = root
        self.defaults = defaults
        self.program = program
    }

    /// Appends the groups, and adds problems; the components must be decoded already, since their dependencies count.
    func decode(into settings: inout ExporterSettings) {
        var memberships: [String: String] = [:]
        for entry in root.entries("groups") {
            settings.groups.append(SettingEntry(entry.key, group(entry, &memberships)))
        }
        refuseKeysOfMembers(memberships)
        refuseBadDependencies(settings)
    }

    private func group(_ entry: SettingNode.Entry, _ memberships: inout [String: String]) -> GroupSettings {
        let reader = root.reader(of: entry, in: "groups", what: "group", keys: GroupSettings.descriptions)
        if root.inputs.names.contains(entry.key, in: .components) {
            let shown = entry.key.cutForDisplay
            let message = "a component has the name `\(shown)` too; components and groups share one name space"
            root.problems.add(.init(position: entry.position, path: reader.path, message))
        }
        var group = GroupSettings()
        group.role = defaults.role
        // The page of a component says nothing about a group of several.
        group.role.runbook = nil
        reader.decode(into: &group)
        for member in group.members {
            if let other = memberships.updateValue(entry.key, forKey: member) {
                let shown = reader.shown(element: member, of: "members")
                reader.problem(
                    "members",
                    "`\(shown)` is a member of `\(other)` already; a component is in one group at most"
                )
            }
        }
        return group
    }

    /// A member acts through its group alone: its own key would be without effect.
    private func refuseKeysOfMembers(_ memberships: [String: String]) {
        for entry in root.entries("components") {
            guard let group = memberships[entry.key], case .map(let keys, _) = entry.value else { continue }
            for key in keys where ["impact", "scope", "startup"].contains(key.key) {
                let path = "\(root.path(of: "components")).\(entry.key).\(key.key)"
                let message = "without effect on a member of a group; write it at groups.\(group)"
                root.problems.add(.init(position: key.position, path: path, message))
            }
        }
    }

    private func refuseBadDependencies(_ settings: ExporterSettings) {
        var edges = settings.groups.map { (name: $0.name, needs: $0.value.members) }
        edges += settings.components.map { ($0.name, $0.value.dependencies) }
        for component in program.components {
            for name in component.dependencies where !root.inputs.names.contains(name, in: .componentsAndGroups) {
                root.problem("components", "the program's `\(component.name)` depends on `\(name)`, which there is not")
            }
            edges.append((component.name, component.dependencies))
        }
        guard let ring = DependencyGraph.cycle(in: edges) else { return }
        let text = (ring + [ring[0]]).joined(separator: " → ")
        let place = ring.lazy.compactMap { placeOfDependencies(of: $0) }.first ?? root.position
        let message = "a ring of dependencies: \(text); a group needs its members"
        root.problems.add(.init(position: place, path: "components", message))
    }

    private func placeOfDependencies(of component: String) -> SettingPosition? {
        let entry = root.entries("components").first { $0.key == component }
        guard case .map(let keys, _) = entry?.value else { return nil }
        return keys.first { $0.key == "depends_on" }?.position
    }
}
