import HealthChecks
import HealthCore

/// What a new configuration changes.
package struct ReloadPlan: Sendable, Equatable {
    /// Checks as `component/check`, groups as `groups.name`, flags as `flags.name`.
    package private(set) var added: [String] = []
    /// What the new configuration no longer has, named as in ``added``.
    package private(set) var removed: [String] = []
    /// Also components whose own keys changed, by name, `maintenance` and `web.config_file`.
    package private(set) var changed: [String] = []
    /// How many checks go on as they are.
    package private(set) var unchanged = 0
    /// Keys whose new values count after a restart.
    package private(set) var restartNeeded: [String] = []

    /// Compares two configurations; a check with the same handle in both is unchanged.
    package init(from old: ExporterConfiguration, to new: ExporterConfiguration) {
        compareChecks(old.registry, new.registry)
        compareComponents(old.settings.components, new.settings.components)
        compare(old.registry.groups, with: new.registry.groups, prefix: "groups.") { $0.name }
        compare(old.registry.flags, with: new.registry.flags, prefix: "flags.") { $0.name }
        if old.registry.maintenance != new.registry.maintenance { changed.append("maintenance") }
        if old.web != new.web { changed.append("web.config_file") }
        if old.probeWeb != new.probeWeb { changed.append("web.probe_config_file") }
        restartNeeded = ExporterSettings.restartPaths(from: old.settings, to: new.settings)
    }

    /// Whether nothing changes.
    package var isEmpty: Bool { added.isEmpty && removed.isEmpty && changed.isEmpty && restartNeeded.isEmpty }

    private mutating func compareChecks(_ old: CheckRegistry, _ new: CheckRegistry) {
        let before = Dictionary(uniqueKeysWithValues: old.checks.map { ($0.registration.id, $0.handle) })
        let after = Set(new.checks.map(\.registration.id))
        for check in new.checks {
            switch before[check.registration.id] {
            case nil: added.append("\(check.registration.id)")
            case check.handle: unchanged += 1
            default: changed.append("\(check.registration.id)")
            }
        }
        removed += old.checks.map(\.registration.id).filter { !after.contains($0) }.map(\.description)
    }

    private mutating func compareComponents(
        _ old: [SettingEntry<ComponentSettings>],
        _ new: [SettingEntry<ComponentSettings>]
    ) {
        let before = Dictionary(old.map { ($0.name, $0.value) }) { first, _ in first }
        for component in new {
            if let other = before[component.name], !component.value.hasSameKeys(as: other) {
                changed.append(component.name)
            }
        }
    }

    private mutating func compare<Thing: Equatable>(
        _ old: [Thing],
        with new: [Thing],
        prefix: String,
        by name: (Thing) -> String
    ) {
        for thing in new {
            guard let other = old.first(where: { name($0) == name(thing) }) else {
                added.append(prefix + name(thing))
                continue
            }
            if other != thing { changed.append(prefix + name(thing)) }
        }
        removed += old.filter { thing in !new.contains { name($0) == name(thing) } }.map { prefix + name($0) }
    }
}
