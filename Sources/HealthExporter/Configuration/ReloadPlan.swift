import HealthCore

/// What a new configuration changes.
package struct ReloadPlan: Sendable, Equatable {
    /// Checks as `component/check`, groups as `groups.name`, flags as `flags.name`.
    package private(set) var added: [String] = []
    package private(set) var removed: [String] = []
    /// Also components whose own keys changed, by name, and `maintenance`.
    package private(set) var changed: [String] = []
    /// How many checks go on as they are.
    package private(set) var unchanged = 0
    /// Keys whose new values count after a restart.
    package private(set) var restartNeeded: [String] = []

    package init(from old: ExporterConfiguration, to new: ExporterConfiguration) {
        compareChecks(old.registry, new.registry)
        compareComponents(old.registry, new.registry)
        compare(old.registry.groups, new.registry.groups, "groups.") { $0.name }
        compare(old.registry.flags, new.registry.flags, "flags.") { $0.name }
        if old.registry.maintenance != new.registry.maintenance { changed.append("maintenance") }
        restartNeeded = Self.restartNeeded(old, new)
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

    private mutating func compareComponents(_ old: CheckRegistry, _ new: CheckRegistry) {
        let before = Dictionary(uniqueKeysWithValues: old.components.map { ($0.registration.name, $0.registration) })
        for component in new.components.map(\.registration) {
            if let other = before[component.name], !component.hasSameKeys(as: other) { changed.append(component.name) }
        }
    }

    private mutating func compare<Thing: Equatable>(
        _ old: [Thing],
        _ new: [Thing],
        _ prefix: String,
        _ name: (Thing) -> String
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

    private static func restartNeeded(_ old: ExporterConfiguration, _ new: ExporterConfiguration) -> [String] {
        let comparisons: [(String, Bool)] = [
            ("service.name", old.identity.name == new.identity.name),
            ("service.environment", old.identity.environment == new.identity.environment),
            ("service.version", old.identity.version == new.identity.version),
            ("service.instance", old.identity.instance == new.identity.instance),
            ("web.listen", old.listen == new.listen),
            ("web.probe_listen", old.probeListen == new.probeListen),
            ("web.admin_socket", old.adminSocket == new.adminSocket),
            ("web.details", old.details == new.details),
            ("web.lifecycle", old.lifecycle == new.lifecycle),
            ("web.host_names", old.hostNames == new.hostNames),
            ("readiness.unknown", old.unknownPolicy == new.unknownPolicy),
            ("shutdown.drain", old.drain == new.drain),
            ("shutdown.grace", old.grace == new.grace),
            ("logs.format", old.logFormat == new.logFormat),
            ("metrics.labels", old.identity.labelsEverySample == new.identity.labelsEverySample),
            ("metrics.phases", old.showsPhases == new.showsPhases),
            ("limits.stall", old.limits.stall == new.limits.stall),
            ("limits.runs_in_flight", old.limits.runsInFlight == new.limits.runsInFlight),
            ("limits.checks", old.limits.checks == new.limits.checks),
            ("limits.series", old.limits.series == new.limits.series),
            ("limits.blocking_threads", old.limits.blockingThreads == new.limits.blockingThreads),
            ("network.allow", old.allowedNetworks == new.allowedNetworks),
        ]
        return comparisons.filter { !$0.1 }.map(\.0)
    }
}

extension ComponentRegistration {
    /// Whether all but its checks is the same.
    fileprivate func hasSameKeys(as other: ComponentRegistration) -> Bool {
        impact == other.impact && scope == other.scope && owner == other.owner && runbook == other.runbook
            && objective == other.objective && dependencies == other.dependencies && startup == other.startup
            && buckets == other.buckets
    }
}

extension ExporterConfiguration {
    /// This configuration, with everything that only a restart can change as it is in the running one.
    func keepingWhatNeedsRestart(of running: ExporterConfiguration) -> ExporterConfiguration {
        var kept = running
        (kept.registry, kept.meanings, kept.files) = (registry, meanings, files)
        (kept.resources, kept.logLevel) = (resources, logLevel)
        return kept
    }
}
