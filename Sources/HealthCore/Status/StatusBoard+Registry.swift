extension StatusBoard {
    /// Takes a registry: what stays keeps its state.
    ///
    /// - Parameter hasStarted: whether start-up is complete: what is new then counts from its first result on.
    package mutating func apply(_ registry: CheckRegistry, hasStarted: Bool, _ now: Now) {
        let old = self
        let service = shownService
        let oldComponents = Dictionary(uniqueKeysWithValues: old.components.map { ($0.registration.name, $0) })
        let oldChecks = Dictionary(uniqueKeysWithValues: old.checks.map { ($0.registration.id, $0) })
        clear()
        (components, checks, places, drilled) = ([], [], [:], [])
        (groups, flags) = (registry.groups, registry.flags)
        (plan, membersOfUnit) = Self.plan(of: registry)
        views = Views(plan)
        (views.real.capsShared, views.gating.capsShared, views.shown.capsShared) = (
            old.views.real.capsShared, old.views.gating.capsShared, old.views.shown.capsShared
        )
        graph = DependencyGraph(registry)
        counts = StatusCounts()
        let groupOf = Dictionary(registry.groups.flatMap { group in group.members.map { ($0, group) } }) { first, _ in
            first
        }
        for component in registry.components {
            let name = component.registration.name
            add(component, groupOf[name], oldComponents[name], oldChecks, hasStarted: hasStarted, now)
        }
        let oldGroups = Set(zip(old.groups, old.groupsHoldingUpStartup).filter { !$1 }.map(\.0.name))
        groupsHoldingUpStartup = groups.map { !hasStarted && $0.startup != .none && !oldGroups.contains($0.name) }
        holdingUpStartupCount = components.count { $0.state.holdsUpStartup } + groupsHoldingUpStartup.count { $0 }
        for unit in groups.indices { updateStartup(ofUnit: unit) }
        for index in components.indices { noteCauses(ofComponent: index) }
        maintenance = MaintenanceState(registry)
        updateMaintenance(now)
        for index in components.indices { noteWhatApplied(to: index, oldComponents, now) }
        let names = Set(components.map(\.registration.name))
        for component in old.components where !names.contains(component.registration.name) {
            if let drill = component.state.drill { note(.drillEnded(component: component.registration.name, drill)) }
        }
        if !old.components.isEmpty, shownService != service {
            note(.serviceChanged(from: service, to: shownService, isDrill: shownService != views.real.service))
        }
    }

    /// Groups come first among the units, then the components that are in none.
    private static func plan(of registry: CheckRegistry) -> (StatusTree.Plan, members: [[Int]]) {
        var units = registry.groups.map {
            StatusTree.Unit(impact: $0.impact, scope: $0.scope, requirement: $0.requirement)
        }
        var members: [[Int]] = Array(repeating: [], count: units.count)
        var unitOfComponent: [Int] = []
        let groupOf = Dictionary(
            registry.groups.enumerated().flatMap { number, group in group.members.map { ($0, number) } }
        ) {
            first,
            _ in first
        }
        for (index, component) in registry.components.enumerated() {
            if let group = groupOf[component.registration.name] {
                unitOfComponent.append(group)
                members[group].append(index)
            } else {
                unitOfComponent.append(units.count)
                units.append(.init(impact: component.registration.impact, scope: component.registration.scope))
                members.append([index])
            }
        }
        return (.init(units: units, unitOfComponent: unitOfComponent), members)
    }

    private mutating func add(
        _ component: CheckRegistry.Component,
        _ group: GroupRegistration?,
        _ old: HealthSnapshot.Component?,
        _ oldChecks: [CheckID: HealthSnapshot.Check],
        hasStarted: Bool,
        _ now: Now
    ) {
        let first = checks.count
        var expired: [(check: Int, change: CheckState.Change)] = []
        for (handle, registration) in zip(component.handles, component.registration.checks) {
            places[handle] = (checks.count, components.count)
            if let old = oldChecks[registration.id] {
                let isSame = old.handle == handle
                checks.append(isSame ? old : .init(handle: handle, registration: registration, replacing: old))
            } else {
                let joinsBy = now.moment.advanced(by: registration.schedule.maximumAge)
                checks.append(
                    .init(handle: handle, registration: registration, hasJoined: !hasStarted, joinsBy: joinsBy)
                )
            }
            let index = checks.count - 1
            // Its new limit may be shorter.
            let change = checks[index].state.expire(at: now.moment, timestamp: now.timestamp)
            if let change { expired.append((index, change)) }
            if checks[index].hasJoined { watchExpiry(handle, checks[index].state) } else { watchJoining(index) }
        }
        let range = first..<checks.count
        var state = ComponentState(
            checks: checks[range].filter(\.hasJoined).map(\.state),
            awaited: checks[range].filter(\.registration.check.holdsUpStartup).map(\.state),
            startup: group == nil && !hasStarted ? component.registration.startup : .none
        )
        var suppression = Suppression()
        if let old {
            state.inherit(old.state, wasAwaited: old.group == nil)
            suppression = old.suppression
        }
        components.append(
            .init(
                registration: component.registration,
                checks: range,
                group: group,
                state: state,
                suppression: suppression
            )
        )
        let index = components.count - 1
        for (check, change) in expired { noteChange((check, index), change, run: nil) }
        counts[state.gatingStatus] += 1
        place(index)
        if let drill = state.drill { watch(component: index, at: drill.until) }
        if let moment = suppression.heldUntil { watch(component: index, at: moment) }
    }

    /// A component that lost its only bad check is another one now.
    private mutating func noteWhatApplied(
        to index: Int,
        _ oldComponents: [String: HealthSnapshot.Component],
        _ now: Now
    ) {
        updateDependencySuppression(of: index, now)
        let component = components[index]
        guard let before = oldComponents[component.registration.name]?.state.status, before != component.state.status
        else { return }
        let reason = Self.reason(of: component, checks)
        let transition = Transition(timestamp: now.timestamp, from: before, to: component.state.status, reason: reason)
        components[index].state.note(transition)
        note(
            .componentChanged(
                .init(
                    name: component.registration.name,
                    transition: transition,
                    isDrill: component.state.drill != nil,
                    isSuppressed: component.suppression.reason != nil
                )
            )
        )
    }
}
