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
        var passed = HealthStatus.healthy
        let isDrilled = components[index].state.drill?.affectsReadiness == true
        if !isDrilled, checks[check].hasJoined, let ofUnit = views.gating.passedUp(byUnit: unit) {
            passed = min(ofUnit, plan.units[unit].impact.passedUp(checks[check].state.status) ?? .healthy)
        }
        for status in HealthStatus.allCases where status > .healthy {
            if status == passed {
                causeSets[status.severity].insert(check)
            } else {
                causeSets[status.severity].remove(check)
            }
        }
    }

    /// What makes the service other than healthy, worst first, then in order of registration.
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

    /// Components whose drill readiness sees.
    private func drillCauses(_ status: HealthStatus) -> [HealthVerdict.Cause] {
        drilled.sorted().filter {
            views.gating.passedUp(byUnit: plan.unitOfComponent[$0]).map { $0 > .healthy } ?? false
        }
        .compactMap { index in
            let state = components[index].state
            guard let drill = state.drill, drill.affectsReadiness else { return nil }
            let unit = plan.units[plan.unitOfComponent[index]]
            guard unit.impact.passedUp(drill.status) == status else { return nil }
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
