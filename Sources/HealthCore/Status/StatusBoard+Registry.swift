/// What a new registry changes.
///
/// First everything is put in its place without a word; only then is it said what that changed, because an event asks about
/// things all over the board.
extension StatusBoard {
    /// What a registry is taken against.
    private struct Reload {
        let components: [String: HealthSnapshot.Component]
        let checks: [CheckID: HealthSnapshot.Check]
        let groupOf: [String: GroupRegistration]
        /// Whether start-up is complete: what is new then counts from its first result on.
        let hasStarted: Bool
        let now: Now

        init(of old: StatusBoard, to registry: CheckRegistry, hasStarted: Bool, now: Now) {
            components = Dictionary(uniqueKeysWithValues: old.components.map { ($0.registration.name, $0) })
            checks = Dictionary(uniqueKeysWithValues: old.checks.map { ($0.registration.id, $0) })
            groupOf = Dictionary(registry.groups.flatMap { group in group.members.map { ($0, group) } }) {
                first,
                _ in first
            }
            (self.hasStarted, self.now) = (hasStarted, now)
        }
    }

    /// Takes a registry: what stays keeps its state.
    ///
    /// - Parameter hasStarted: whether start-up is complete: what is new then counts from its first result on.
    package mutating func apply(_ registry: CheckRegistry, hasStarted: Bool, _ now: Now) {
        let old = self
        let reload = Reload(of: old, to: registry, hasStarted: hasStarted, now: now)
        rebuild(registry, from: old, reload)
        updateMaintenance(now)
        for index in components.indices { noteWhatApplied(to: index, reload) }
        noteWhatIsGone(since: old)
        if !old.components.isEmpty, shownService != old.shownService {
            noteServiceChange(from: old.shownService, isFirst: old.components.allSatisfy { $0.state.since == nil })
        }
    }

    /// Puts everything in its place; says nothing.
    private mutating func rebuild(_ registry: CheckRegistry, from old: StatusBoard, _ reload: Reload) {
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
        maintenance = MaintenanceState(registry)
        for component in registry.components { add(component, reload) }
        let oldGroups = Set(zip(old.groups, old.groupsHoldingUpStartup).filter { !$1 }.map(\.0.name))
        groupsHoldingUpStartup = groups.map {
            !reload.hasStarted && $0.startup != .none && !oldGroups.contains($0.name)
        }
        holdingUpStartupCount = components.count { $0.state.holdsUpStartup } + groupsHoldingUpStartup.count { $0 }
        for unit in groups.indices { updateStartup(ofUnit: unit) }
        for index in components.indices { noteCauses(ofComponent: index) }
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

    private mutating func add(_ component: CheckRegistry.Component, _ reload: Reload) {
        let (name, index, first) = (component.registration.name, components.count, checks.count)
        for (handle, registration) in zip(component.handles, component.registration.checks) {
            let place = (check: checks.count, component: index)
            places[handle] = place
            checks.append(check(handle, of: registration, reload))
            if checks[place.check].hasJoined {
                watchExpiry(handle, checks[place.check].state)
            } else {
                watchJoining(place.check)
            }
        }
        let range = first..<checks.count
        let (old, group) = (reload.components[name], reload.groupOf[name])
        var state = ComponentState(
            checks: checks[range].filter(\.hasJoined).map(\.state),
            awaited: checks[range].filter(\.registration.check.holdsUpStartup).map(\.state),
            startup: group == nil && !reload.hasStarted ? component.registration.startup : .none
        )
        if let old { state.inherit(old.state, wasAwaited: old.group == nil) }
        let suppression = old?.suppression ?? Suppression()
        components.append(
            .init(
                registration: component.registration,
                checks: range,
                group: group,
                state: state,
                suppression: suppression
            )
        )
        counts[state.gatingStatus] += 1
        place(index)
        if let drill = state.drill { watch(component: index, at: drill.until) }
        if let moment = suppression.heldUntil { watch(component: index, at: moment) }
    }

    /// A check as it was, as its predecessor of the same name left it, or new.
    private func check(
        _ handle: CheckHandle,
        of registration: Registration,
        _ reload: Reload
    ) -> HealthSnapshot.Check {
        let isAwaited = registration.check.holdsUpStartup
        // What start-up never waits for may be silent for long, and counts only once it has something to say.
        let joinsBy = isAwaited ? reload.now.moment.advanced(by: registration.schedule.maximumAge) : nil
        let new = HealthSnapshot.Check(
            handle: handle,
            registration: registration,
            hasJoined: isAwaited && !reload.hasStarted,
            joinsBy: joinsBy
        )
        guard let old = reload.checks[registration.id] else { return new }
        return old.handle == handle ? old : new.replacing(old, at: reload.now.moment)
    }

    /// A component that lost its only bad check is another one now.
    private mutating func noteWhatApplied(to index: Int, _ reload: Reload) {
        let now = reload.now
        updateDependencySuppression(of: index, now)
        let before = reload.components[components[index].registration.name]?.state.status
        guard let before, before != components[index].state.status else { return }
        noteTransition(index, from: before, now, nil)
    }

    /// What goes with a component: its drill, and whatever holds its alerts back.
    private mutating func noteWhatIsGone(since old: StatusBoard) {
        let names = Set(components.map(\.registration.name))
        for component in old.components where !names.contains(component.registration.name) {
            let name = component.registration.name
            if let drill = component.state.drill { note(.drillEnded(component: name, drill)) }
            for reason in Suppression.Reason.allCases where component.suppression.isActive(reason) {
                note(.suppressionEnded(component: name, reason))
            }
        }
    }
}
