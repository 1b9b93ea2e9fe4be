import HealthChecks
import HealthCore

/// Adds groups, flags and maintenance windows to a registry, and refuses references that lead nowhere or in a ring.
struct HierarchyDecoder {
    /// Names that something may refer to, in order and to look up.
    private struct Known {
        let names: [String]
        let set: Set<String>

        init(_ names: [String]) {
            self.names = names
            set = Set(names)
        }
    }

    let root: SettingsReader
    let componentDefaults: SettingsReader
    private let components: Known
    /// Components and groups.
    private let all: Known
    private let program: ProgramRegistrations

    init(_ root: SettingsReader, componentDefaults: SettingsReader, program: ProgramRegistrations) {
        self.root = root
        self.componentDefaults = componentDefaults
        self.program = program
        let names = program.components.map(\.name) + root.entries("components").map(\.key)
        components = Known(names)
        all = Known(names + root.entries("groups").map(\.key))
    }

    func decode(into registry: inout CheckRegistry) {
        var groups: [GroupRegistration] = []
        var memberships: [String: String] = [:]
        for entry in root.entries("groups") {
            let reader = reader(of: entry, in: "groups", "group", ConfigurationKeys.group)
            if components.set.contains(entry.key) {
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
        for window in windows { add { () throws(RegistryError) in try registry.add(window) } }
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

    /// The names in a list, each with its place; those that are not `known` are noted.
    private func references(_ reader: SettingsReader, _ key: String, known: Known, _ what: String) -> [String] {
        guard reader.has(key) else { return [] }
        var names: [String] = []
        let found = reader.list(key, "the name of a \(what)") { $0 } ?? []
        if found.isEmpty { reader.problem(key, "expected at least one name of a \(what)") }
        for name in found {
            if !known.set.contains(name) {
                var message = "there is no \(what) named `\(name.cutForDisplay)`"
                if let nearest = NearestName.of(name, among: known.names) { message += ", did you mean `\(nearest)`?" }
                reader.problem(key, message)
            } else if names.contains(name) {
                reader.problem(key, "`\(name.cutForDisplay)` is named twice")
            } else {
                names.append(name)
            }
        }
        return names
    }

    private func group(
        _ name: String,
        _ reader: SettingsReader,
        _ memberships: inout [String: String]
    ) -> GroupRegistration? {
        let members = references(reader, "members", known: components, "component")
        for member in members {
            if let other = memberships.updateValue(name, forKey: member) {
                reader.problem(
                    "members",
                    "`\(member)` is a member of `\(other)` already; a component is in one group at most"
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
            reader.problem("require", "\(number) is more than the \(members.count) members")
        }
        guard !members.isEmpty else { return nil }
        let impact: Impact = reader.choice("impact") ?? componentDefaults.choice("impact") ?? .critical
        return GroupRegistration(
            name: name,
            members: members,
            requirement: requirement ?? .all,
            impact: impact,
            scope: reader.choice("scope") ?? componentDefaults.choice("scope") ?? .local,
            owner: reader.text("owner") ?? componentDefaults.text("owner"),
            runbook: ComponentDecoder.runbook(reader),
            startup: reader.choice("startup") ?? componentDefaults.choice("startup")
        )
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
            let names = references(reader, "depends_on", known: all, "component or group")
            edges.append((entry.key, names))
            positions[entry.key] = key.position
        }
        for component in program.components {
            for name in component.dependencies where !all.set.contains(name) {
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
        let requires = references(reader, "requires", known: all, "component or group")
        let defaultValue = reader.boolean("default") ?? true
        guard !requires.isEmpty else { return nil }
        return FlagRegistration(name: entry.key, requires: requires, defaultValue: defaultValue)
    }

    private var windows: [MaintenanceWindow] {
        guard let node = root.node("maintenance"), !node.isNull else { return [] }
        guard case .list(let items, _) = node else {
            root.problem("maintenance", "expected a list of windows, found \(node.sort)")
            return []
        }
        return items.enumerated().compactMap { number, item in
            let path = "\(root.path(of: "maintenance"))[\(number)]"
            return window(
                SettingsReader(item, path: path, keys: ConfigurationKeys.maintenance, problems: root.problems)
            )
        }
    }

    private func window(_ reader: SettingsReader) -> MaintenanceWindow? {
        let names = reader.list("components", "the name of a component, or all") { $0 }
        var components: [String]?
        if names != ["all"] {
            components = references(reader, "components", known: self.components, "component")
        }
        if reader.has("weekly") {
            if reader.has("from") || reader.has("until") {
                reader.problem("weekly", "a window is either weekly or from a time until another")
            }
            let weekly = reader.object("weekly", keys: ConfigurationKeys.weekly)
            return weeklyTime(weekly).map { MaintenanceWindow(components: components, time: .weekly($0)) }
        }
        let form = "a time such as 2026-12-01T22:00:00Z"
        let from = reader.value("from", form) { Timestamp(rfc3339: $0) }
        let until = reader.value("until", form) { Timestamp(rfc3339: $0) }
        if !reader.has("from") || !reader.has("until") {
            let message = "a window has `from` and `until`, or `weekly`"
            reader.problems.add(.init(position: reader.position, path: reader.path, message))
        }
        guard let from, let until else { return nil }
        guard from < until else {
            reader.problem("until", "must be later than `from`")
            return nil
        }
        return MaintenanceWindow(components: components, time: .once(from: from, until: until))
    }

    private static let weekdays = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private func weeklyTime(_ reader: SettingsReader) -> WeeklyTime? {
        let days = reader.oneOrMore("days", "one of \(Self.weekdays.joined(separator: ", "))") {
            Self.weekdays.firstIndex(of: $0)
        }
        if case .list(let items, _) = reader.node("days"), items.isEmpty {
            reader.problem("days", "expected at least one day")
        }
        let start = reader.value("at", "a time of day such as \"02:00\"", Self.secondOfDay)
        let length = reader.duration("for")
        if let length, length > .seconds(7 * 86_400) { reader.problem("for", "expected at most 7d") }
        let zone = reader.has("time_zone") ? reader.value("time_zone", TimeZones.form, TimeZones.rules) : .utc
        guard let days, let start, let length, let zone else { return nil }
        return WeeklyTime(days: Set(days), startOfDay: start, length: length, zone: zone)
    }

    private static func secondOfDay(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2,
            parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), hour <= 23, minute <= 59
        else { return nil }
        return hour * 3600 + minute * 60
    }
}

/// The time zones that the system knows (tzdata).
enum TimeZones {
    static let form = "the name of a time zone such as Europe/Berlin, which the package tzdata of the system must have"

    private static let folders = ["/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"]
    private static let maximumBytes = 256 * 1024

    static func rules(_ name: String) -> TimeZoneRules? {
        if name == "UTC" { return .utc }
        let isName =
            !name.isEmpty && name.utf8.count <= 64 && !name.contains("..") && !name.hasPrefix("/")
            && name.unicodeScalars.allSatisfy {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0)
                    || "/_+-".unicodeScalars.contains($0)
            }
        guard isName else { return nil }
        for folder in folders {
            guard let bytes = SmallFile.read("\(folder)/\(name)", limit: maximumBytes) else { continue }
            return TimeZoneRules(name: name, tzif: bytes)
        }
        return nil
    }
}
