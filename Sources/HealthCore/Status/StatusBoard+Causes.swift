import BitCollections

/// What makes the service other than healthy.
extension StatusBoard {
    /// Notes all checks of a component as causes, or no longer.
    mutating func noteCauses(ofComponent index: Int) {
        for check in components[index].checks { noteCause(check, component: index) }
    }

    /// Notes a check as a cause, or no longer.
    mutating func noteCause(_ check: Int, component index: Int) {
        let unit = plan.unitOfComponent[index]
        let own = checks[check].state.status
        let isCause = checks[check].hasJoined && passes(own, unit: unit)
        for status in HealthStatus.allCases where status > .healthy {
            if isCause, status == own {
                causeSets[status.severity].insert(check)
            } else {
                causeSets[status.severity].remove(check)
            }
        }
    }

    /// Whether a status makes the service other than healthy through a unit.
    private func passes(_ status: HealthStatus, unit: Int) -> Bool {
        let byUnit = views.gating.passedUp(byUnit: unit) ?? .healthy
        return byUnit > .healthy && (plan.units[unit].impact.passedUp(status) ?? .healthy) > .healthy
    }

    /// What makes the service other than healthy, worst own status first, then in order of registration.
    package func causes(_ limit: Int) -> [HealthVerdict.Cause] {
        var found: [HealthVerdict.Cause] = []
        for status in HealthStatus.allCases.reversed() where status > .healthy && found.count < limit {
            found += drillCauses(status)
            found += causeSets[status.severity].prefix(max(limit - found.count, 0)).map { index in
                let check = checks[index]
                return HealthVerdict.Cause(
                    component: check.registration.id.component,
                    check: check.registration.id.check,
                    status: check.state.status,
                    reason: check.state.reason,
                    since: check.state.since,
                    failures: check.state.consecutiveFailures
                )
            }
        }
        return Array(found.prefix(limit))
    }

    /// Components whose drill is what readiness sees.
    private func drillCauses(_ status: HealthStatus) -> [HealthVerdict.Cause] {
        drilled.sorted().compactMap { index in
            let state = components[index].state
            guard let drill = state.readinessDrill, drill.status == status, state.gatesByDrill,
                passes(status, unit: plan.unitOfComponent[index])
            else { return nil }
            return .init(
                component: components[index].registration.name,
                check: nil,
                status: drill.status,
                reason: .drill,
                since: drill.start,
                failures: 0
            )
        }
    }
}
