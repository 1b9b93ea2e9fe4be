import HealthChecks
import HealthCore

/// Makes the registry of live checks that settings describe.
struct RegistryMaker {
    /// The threads, event loops and clients that all checks share.
    let resources: CheckResources
    /// What the program registers in code; its components come before those of the file.
    let program: ProgramRegistrations
    /// The configuration that this one replaces; its unchanged checks go on.
    let old: ExporterConfiguration?

    /// The configuration in effect; it counts only when no problem was added.
    func configuration(_ decoded: DecodedConfiguration) -> ExporterConfiguration {
        var configuration = ExporterConfiguration(settings: decoded.settings)
        configuration.registry = registry(decoded)
        configuration.resources = resources
        configuration.warnings = decoded.warnings
        for component in configuration.registry.components.map(\.registration) {
            let isTold = decoded.componentsWithStartup.contains(component.name)
            guard isTold, component.startup != .none, !component.checks.contains(where: \.check.blocksStartup) else {
                continue
            }
            let warning = "`startup` has no effect: start-up never waits for heartbeats, and there is nothing else"
            configuration.warnings[component.name]?.append(warning)
        }
        return configuration
    }

    /// The registry; what the program's code contradicts is added as a problem.
    private func registry(_ decoded: DecodedConfiguration) -> CheckRegistry {
        let (settings, root) = (decoded.settings, decoded.root)
        var registry = CheckRegistry()
        func add(_ body: (inout CheckRegistry) throws(RegistryError) -> Void) {
            do throws(RegistryError) {
                try body(&registry)
            } catch {
                root.problem("components", "\(error)")
            }
        }
        for component in program.components {
            add { (registry) throws(RegistryError) in try registry.add(component) }
        }
        let heartbeats = old?.registry.heartbeats ?? [:]
        for entry in settings.components {
            let checks = entry.value.checks.map { check in
                registration(CheckID(component: entry.name, check: check.name), check.value, heartbeats: heartbeats)
            }
            let component = entry.value.registration(entry.name, checks: checks)
            add { (registry) throws(RegistryError) in try registry.add(component) }
        }
        for group in settings.groups {
            add { (registry) throws(RegistryError) in try registry.add(group.value.registration(group.name)) }
        }
        for flag in settings.flags {
            let (requires, value) = (flag.value.requires, flag.value.defaultValue)
            let registration = FlagRegistration(name: flag.name, requires: requires, defaultValue: value)
            add { (registry) throws(RegistryError) in try registry.add(registration) }
        }
        for window in settings.maintenance.compactMap(\.window) {
            add { (registry) throws(RegistryError) in try registry.add(window) }
        }
        refuseDisputedMeasurements(registry, root)
        if let old { registry.replace(old.registry, unchanged: unchanged(settings, old.settings)) }
        return registry
    }

    private func registration(
        _ id: CheckID,
        _ configured: ConfiguredCheck,
        heartbeats: [CheckID: HeartbeatCheck]
    ) -> Registration {
        let redaction = Redaction(configured.secrets)
        let made = configured.own.base.makeCheck(resources, seen: SeenText(redaction: redaction))
        let continued = (made as? HeartbeatCheck).flatMap { new in heartbeats[id].map(new.continuing) } ?? made
        var registration = Registration(
            id: id,
            kind: configured.kind,
            check: redaction.isEmpty ? continued : RedactedCheck(continued, redaction),
            schedule: configured.timing.schedule,
            thresholds: configured.timing.thresholds,
            degradedAbove: configured.timing.degradedAbove,
            retries: configured.timing.retries.policy,
            breaker: configured.timing.breaker?.breaker
        )
        let executors = resources.executors
        if made is any NetworkCheck { registration.executor = { executors.next() } }
        return registration
    }

    private func refuseDisputedMeasurements(_ registry: CheckRegistry, _ root: SettingsReader) {
        guard !program.components.isEmpty else { return }
        for name in registry.disputedMeasurements {
            let message = "two checks describe the measurement `\(name.cutForDisplay)` in different words"
            root.problem("components", "registered by the program: \(message)")
        }
    }

    /// The checks whose settings are equal, and those of the program.
    private func unchanged(_ new: ExporterSettings, _ old: ExporterSettings) -> Set<CheckID> {
        let before = old.checks
        let equal = new.checks.filter { before[$0.key] == $0.value }.keys
        return Set(equal).union(program.components.flatMap { $0.checks.map(\.id) })
    }
}

extension ExporterSettings {
    /// The checks of all components.
    fileprivate var checks: [CheckID: ConfiguredCheck] {
        var checks: [CheckID: ConfiguredCheck] = [:]
        for component in components {
            for check in component.value.checks {
                checks[CheckID(component: component.name, check: check.name)] = check.value
            }
        }
        return checks
    }
}
