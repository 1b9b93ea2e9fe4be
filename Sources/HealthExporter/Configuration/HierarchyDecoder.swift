import HealthChecks
import HealthCore

/// Adds groups, flags and maintenance windows to a registry, and refuses references that lead nowhere or in a ring.
struct HierarchyDecoder {
    let root: SettingsReader
    let componentDefaults: SettingsReader
    private let components: KnownNames
    /// Components and groups.
    private let all: KnownNames
    private let program: ProgramRegistrations
    private let maintenance: MaintenanceDecoder

    init(_ root: SettingsReader, componentDefaults: SettingsReader, program: ProgramRegistrations) {
        self.root = root
        self.componentDefaults = componentDefaults
        self.program = program
        let names = program.components.map(\.name) + root.entries("components").map(\.key)
        components = KnownNames("component", names)
        all = KnownNames("component or group", names + root.entries("groups").map(\.key))
        maintenance = MaintenanceDecoder(root, components: names)
    }

    func decode(into registry: inout CheckRegistry) {
        var groups: [GroupRegistration] = []
        var memberships: [String: String] = [:]
        for entry in root.entries("groups") {
            let reader = reader(of: entry, in: "groups", "group", ConfigurationKeys.group)
            if components.contains(entry.key) {
                let shown = entry.key.cutForDisplay
                let message = "a component has the name `\(shown)` too; components and groups share one name space"
                root.problems.add(.init(position: entry.position, path: reader.path, message))
            }
            guard let group = group(entry.key, reader, &memberships) else { continue }
            groups.append(group)
        }
        refuseKeysOfMembers(memberships)
        refuseBadDependencies(groups)
        for group in groups { add { () throws(RegistryError) in try registry.add(group) } }
        for entry in root.entries("flags") {
            if let flag = flag(entry) { add { () throws(RegistryError) in try registry.add(flag) } }
        }
        for window in maintenance.windows { add { () throws(RegistryError) in try registry.add(window) } }
    }

    /// What the registry refuses was noted where it stands.
    private func add(_ body: () throws(RegistryError) -> Void) {
        do throws(RegistryError) {
            try body()
        } catch {
            if root.problems.all.isEmpty { root.problem("groups", "\(error)") }
        }
    }

    private func reader(
        of entry: SettingNode.Entry,
        in section: String,
        _ what: String,
        _ keys: [SettingKey]
    ) -> SettingsReader {
        ComponentDecoder.checkName(entry, what, root.path(of: section), root.problems)
        let path = "\(root.path(of: section)).\(entry.key.cutForDisplay)"
        return SettingsReader(entry.value, path: path, keys: keys, problems: root.problems)
    }

    private func group(
        _ name: String,
        _ reader: SettingsReader,
        _ memberships: inout [String: String]
    ) -> GroupRegistration? {
        let members = components.references(reader, "members")
        for member in members {
            if let other = memberships.updateValue(name, forKey: member.name) {
                reader.problem(
                    "members",
                    "`\(member.shown)` is a member of `\(other)` already; a component is in one group at most"
                )
            }
        }
        let requirement = reader.value("require", "all, any or a number of members") { text in
            switch text {
            case "all": GroupRegistration.Requirement.all
            case "any": .any
            default: Int(text).flatMap { $0 >= 1 ? .atLeast($0) : nil }
            }
        }
        if case .atLeast(let number) = requirement, number > members.count, !members.isEmpty {
            let shown = reader.shown("require", "\(number)")
            reader.problem("require", "\(shown) is more than the \(members.count) members")
        }
        let impact: Impact = reader.choice("impact") ?? componentDefaults.choice("impact") ?? .critical
        let group = GroupRegistration(
            name: name,
            members: members.map(\.name),
            requirement: requirement ?? .all,
            impact: impact,
            scope: reader.choice("scope") ?? componentDefaults.choice("scope") ?? .local,
            owner: reader.text("owner") ?? componentDefaults.text("owner"),
            runbook: ComponentDecoder.runbook(reader),
            startup: reader.choice("startup") ?? componentDefaults.choice("startup")
        )
        return members.isEmpty ? nil : group
    }

    /// A member acts through its group alone: its own word would be without effect.
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

    private func refuseBadDependencies(_ groups: [GroupRegistration]) {
        var edges = groups.map { (name: $0.name, needs: $0.members) }
        var positions: [String: SettingPosition] = [:]
        for entry in root.entries("components") {
            guard case .map(let keys, _) = entry.value, let key = keys.first(where: { $0.key == "depends_on" }) else {
                continue
            }
            let path = "\(root.path(of: "components")).\(entry.key)"
            let node = SettingNode.map([key], key.position)
            let reader = SettingsReader(node, path: path, keys: ConfigurationKeys.dependsOn, problems: root.problems)
            edges.append((entry.key, all.references(reader, "depends_on").map(\.name)))
            positions[entry.key] = key.position
        }
        for component in program.components {
            for name in component.dependencies where !all.contains(name) {
                root.problem("components", "the program's `\(component.name)` depends on `\(name)`, which there is not")
            }
            edges.append((component.name, component.dependencies))
        }
        if let ring = DependencyGraph.cycle(in: edges) {
            let text = (ring + [ring[0]]).joined(separator: " → ")
            let place = ring.lazy.compactMap { positions[$0] }.first ?? root.position
            let message = "a ring of dependencies: \(text); a group needs its members"
            root.problems.add(.init(position: place, path: "components", message))
        }
    }

    private func flag(_ entry: SettingNode.Entry) -> FlagRegistration? {
        let reader = reader(of: entry, in: "flags", "flag", ConfigurationKeys.flag)
        let requires = all.references(reader, "requires").map(\.name)
        let defaultValue = reader.boolean("default") ?? true
        guard !requires.isEmpty else { return nil }
        return FlagRegistration(name: entry.key, requires: requires, defaultValue: defaultValue)
    }
}
