import HealthChecks
package import HealthCore

/// What a configuration may say, and yet is hardly meant so.
package enum ConfigurationWarnings {
    private static let killsTheContainer =
        "`startup: healthy` fails the start-up probe while it is down, and that kills the container"

    /// Of a component.
    ///
    /// - Parameter detection: its worst case.
    package static func of(_ component: ComponentRegistration, _ detection: Duration, isMember: Bool) -> [String] {
        var warnings: [String] = []
        if detection > .seconds(60) {
            let isPatient = component.checks.contains { $0.check.detectionDelay > .zero }
            let keys = isPatient ? "within, interval or confirm_interval" : "interval or confirm_interval"
            warnings.append("a failure may go unnoticed for more than 60s; shorten \(keys)")
        }
        for check in component.checks where check.schedule.confirmInterval == check.schedule.interval {
            guard check.thresholds.failure > 1, check.schedule.interval > .seconds(10) else { continue }
            warnings.append(
                "\(check.id.check): confirm_interval is no shorter than interval, so that changes are confirmed slowly"
            )
        }
        warnings += component.checks.flatMap { of($0) }
        if let runbook = component.runbook { warnings += of(runbook: runbook) }
        if isMember { return warnings }
        if component.startup == .healthy, component.checks.contains(where: \.check.blocksStartup) {
            warnings.append(killsTheContainer)
        }
        return warnings
    }

    /// Of what a component depends on and can't leave its alerts to.
    package static func of(dependenciesOf component: ComponentRegistration, in hierarchy: Hierarchy) -> [String] {
        guard case .component(let index) = hierarchy.node(named: component.name) else { return [] }
        return component.dependencies.compactMap { name in
            guard let node = hierarchy.node(named: name), !hierarchy.suppresses(node, alertsAbout: index) else {
                return nil
            }
            return
                "depends on \(name), which pages nobody: while that is down, alerts about \(component.name) are not suppressed; "
                + "make \(name) critical, or take it out of `depends_on`"
        }
    }

    /// Of a check: what is known to fail, and retries that leave no time for the tries.
    private static func of(_ check: Registration) -> [String] {
        let name = check.id.check
        var warnings = ((check.check as? any InspectableCheck)?.foreseeableFailures ?? []).map { "\(name): \($0)" }
        let timeout = check.schedule.timeout
        if let retries = check.retries, retries.longestDelays * 2 > timeout {
            let text = SettingText.text(of:)
            let rest = text(timeout - retries.longestDelays)
            warnings.append(
                "\(name): retries wait up to \(text(retries.longestDelays)), which leaves \(rest) of the timeout "
                    + "(\(text(timeout))) for \(retries.attempts + 1) tries; shorten backoff or attempts"
            )
        }
        return warnings
    }

    /// Of a page for people that can't exist: its host has a name that RFC 2606 keeps for examples.
    private static func of(runbook: String) -> [String] {
        let labels = ((try? RunbookAddress(runbook))?.host ?? "").split(separator: ".")
        let isReserved =
            labels.last == "example" || ["com", "net", "org"].contains { labels.suffix(2) == ["example", $0] }
        return isReserved ? ["the runbook \(runbook) is only an example: nobody will find a page there"] : []
    }

    /// Of a group.
    package static func of(_ group: GroupRegistration) -> [String] {
        var warnings: [String] = []
        if let runbook = group.runbook { warnings += of(runbook: runbook) }
        if group.members.count == 1 { warnings.append("a group of one member is like the member alone") }
        if group.startup == .healthy { warnings.append(killsTheContainer) }
        return warnings
    }

    /// Of what concerns no component alone.
    package static func of(_ configuration: ExporterConfiguration, at now: Timestamp) -> [String] {
        let access =
            configuration.settings.web.lifecycle == .loopback
            ? [
                "`web.lifecycle: loopback` lets everybody behind a plain reverse proxy on this host reload, drill and run checks; "
                    + "`admin` and the commands need no open door"
            ] : []
        return access
            + configuration.registry.maintenance.compactMap { window in
                guard case .once(_, let until) = window.time, until <= now else { return nil }
                return "a maintenance window was over at \(until.rfc3339)"
            }
    }
}
