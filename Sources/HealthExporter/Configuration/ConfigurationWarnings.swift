package import HealthCore

/// What a configuration may say, and yet is hardly meant so.
package enum ConfigurationWarnings {
    private static let killsTheContainer =
        "`startup: healthy` fails the start-up probe while it is down, and that kills the container"
    private static let sharedInVain = "`scope: shared` changes nothing unless it is critical"

    /// Of a component.
    ///
    /// - Parameter detection: its worst case.
    package static func of(_ component: ComponentRegistration, _ detection: Duration, isMember: Bool) -> [String] {
        var warnings: [String] = []
        if detection > .seconds(60) {
            warnings.append("a failure may go unnoticed for more than 60s; shorten interval or confirm_interval")
        }
        for check in component.checks where check.schedule.confirmInterval == check.schedule.interval {
            guard check.thresholds.failure > 1, check.schedule.interval > .seconds(10) else { continue }
            warnings.append(
                "\(check.id.check): confirm_interval is no shorter than interval, so that changes are confirmed slowly"
            )
        }
        if isMember { return warnings }
        if component.startup == .healthy { warnings.append(killsTheContainer) }
        if component.scope == .shared, component.impact != .critical { warnings.append(sharedInVain) }
        return warnings
    }

    /// Of a group.
    package static func of(_ group: GroupRegistration) -> [String] {
        var warnings: [String] = []
        if group.members.count == 1 { warnings.append("a group of one member is like the member alone") }
        if group.startup == .healthy { warnings.append(killsTheContainer) }
        if group.scope == .shared, group.impact != .critical { warnings.append(sharedInVain) }
        return warnings
    }

    /// Of windows.
    package static func of(_ registry: CheckRegistry, at now: Timestamp) -> [String] {
        registry.maintenance.compactMap { window in
            guard case .once(_, let until) = window.time, until <= now else { return nil }
            return "a maintenance window was over at \(until.rfc3339)"
        }
    }
}
