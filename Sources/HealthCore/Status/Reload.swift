/// The checks and components of a registry, with what is known of those of the same names.
struct Reload {
    /// The registry that is applied.
    let registry: CheckRegistry
    /// The hierarchy of that registry.
    let hierarchy: Hierarchy
    /// When it is applied.
    let now: StatusTime
    /// The checks with what is known of them.
    private(set) var checks = Table<CheckIndex, CheckRecord>()
    /// The components with what is known of them.
    private(set) var components = Table<ComponentIndex, ComponentRecord>()
    /// How each component was suppressed until now.
    private(set) var suppressions = Table<ComponentIndex, Suppression>()
    /// Whether start-up is complete: what is new then counts from its first result on.
    private let hasStarted: Bool
    /// What is known of an earlier process, for what is registered for the first time in this.
    private let memory: RegistryMemory?

    /// What becomes of an old board with a new registry.
    init(of old: StatusBoard, to registry: CheckRegistry, memory: RegistryMemory? = nil, at now: StatusTime) {
        (self.registry, self.now, self.memory) = (registry, now, memory)
        hierarchy = Hierarchy(registry)
        hasStarted = old.service.startup.isComplete
        let oldChecks = Dictionary(uniqueKeysWithValues: old.checks.map { ($0.registration.id, $0) })
        for (position, component) in registry.components.enumerated() {
            let first = checks.endIndex
            for (handle, registration) in zip(component.handles, component.registration.checks) {
                let new = check(handle, registration, of: ComponentIndex(position: position))
                checks.append(oldChecks[registration.id].map { new.succeeding($0, at: now.moment) } ?? new)
            }
            append(component.registration, first..<checks.endIndex, after: old.service)
        }
    }

    private func check(_ handle: CheckHandle, _ registration: Registration, of component: ComponentIndex) -> CheckRecord
    {
        let blocksStartup = registration.check.blocksStartup
        let due = memory?.due[registration.id]
        let remembered = memory?.statuses.checks[registration.id]
        // What had a status is waited for: without it the component would seem better than it was.
        let counts = due == nil && (blocksStartup || remembered != nil)
        var check = CheckRecord(
            handle: handle,
            registration: registration,
            component: component,
            hasJoined: counts && !hasStarted,
            // What never blocks start-up may be silent for long, and counts only once it has a result.
            joinsBy: blocksStartup ? (due ?? now.moment).advanced(by: registration.schedule.maximumAge) : nil
        )
        if let remembered { check.state.remember(remembered) }
        return check
    }

    private mutating func append(
        _ registration: ComponentRegistration,
        _ range: Range<CheckIndex>,
        after old: ServiceBoard
    ) {
        let index = components.endIndex
        let group = hierarchy.group(of: index)
        var state = ComponentState(
            checks: checks[range].filter(\.hasJoined).map(\.state),
            startupChecks: checks[range].filter(\.registration.check.blocksStartup).map(\.state),
            startup: group == nil && !hasStarted ? registration.startup : .none
        )
        var suppression = Suppression()
        if let before = old.component(named: registration.name) {
            state.inherit(before.state, includingStartup: before.group == nil)
            suppression = old.suppression.states[before.index]
        } else if let memory, let transitions = memory.statuses.transitions[registration.name] {
            let isOfDrill = transitions.last?.reason == .drill
            state.remember(transitions, mayGoOn: !isOfDrill || memory.isDrilling(registration.name, at: now))
        }
        suppressions.append(suppression)
        components.append(
            ComponentRecord(index: index, registration: registration, checks: range, group: group, state: state)
        )
    }

    /// Whether each group blocks start-up; one that did not before never does again.
    func groupsBlockingStartup(after old: ServiceBoard) -> [(name: String, isBlocking: Bool)] {
        let oldGroups = old.views.hierarchy.groups
        let unblocked = Set(oldGroups.indices.filter { !old.startup.isBlocked(by: $0) }.map { oldGroups[$0].name })
        return hierarchy.groups.map { group in
            (group.name, !hasStarted && group.startup != .none && !unblocked.contains(group.name))
        }
    }
}

extension StatusBoard {
    /// Applies a registry: what stays keeps its state.
    ///
    /// First everything is put in its place without an event; only then are events appended, because they tell of things
    /// all over the board.
    mutating func apply(_ registry: CheckRegistry, memory: RegistryMemory? = nil, at now: StatusTime) {
        let old = self
        let reload = Reload(of: old, to: registry, memory: memory, at: now)
        self = StatusBoard(reload, service: ServiceBoard(reload, after: old.service), after: old)
        service.updateCauses(in: checks)
        service.recordReload(from: old.service, in: checks, at: now)
    }
}

extension ServiceBoard {
    /// Appends the events of what a registry changed.
    fileprivate mutating func recordReload(
        from old: ServiceBoard,
        in checks: Table<CheckIndex, CheckRecord>,
        at now: StatusTime
    ) {
        updateMaintenance(at: now)
        for index in components.indices {
            updateSuppression(of: index, at: now)
            // A component that lost its only bad check has another status now.
            let before = old.component(named: components[index].registration.name)?.state.status
            guard let before, before != components[index].state.status else { continue }
            let reason = components[index].reason(in: checks)
            recordTransition(of: index, from: before, reason, isDrill: components[index].state.showsDrill, at: now)
        }
        for component in old.components where self.component(named: component.registration.name) == nil {
            recordRemoval(of: component, old.suppression.states[component.index])
        }
        if !old.components.isEmpty, views.shown.service != old.views.shown.service {
            let isFirst = old.components.allSatisfy { $0.state.since == nil }
            recordServiceChange(from: old.views.shown.service, isFirst: isFirst)
        }
    }

    /// With a component its drill goes, and its suppression.
    private mutating func recordRemoval(of component: ComponentRecord, _ suppression: Suppression) {
        let name = component.registration.name
        if let drill = component.state.drill { events.append(.drillEnded(component: name, drill)) }
        events += Suppression().events(since: suppression, of: name)
    }
}
