/// The components with what follows from their states: the status of groups and service, causes, suppression, start-up.
///
/// Pure: time and checks are parameters, and what happens is appended to `events`.
struct ServiceBoard: Sendable {
    /// A check that changed its component; nil is a drill.
    struct Source {
        /// The check that changed.
        let check: CheckIndex
        /// Its change of status; nil when it joined or got its first result.
        let change: CheckState.Change?
    }

    /// Every component with its state.
    private(set) var components: Table<ComponentIndex, ComponentRecord>
    /// The status of groups and service, with and without drills.
    private(set) var views: StatusViews
    /// What makes the service other than healthy.
    var causes = CauseSets()
    /// What start-up waits for.
    var startup: Startup
    /// Which alerts are suppressed.
    var suppression: AlertSuppression
    /// When drills end by themselves.
    var drillEnds = ExpiryQueue<ComponentIndex>()
    /// What happened and was not drained yet, in order.
    var events: [StatusEvent]
    /// Whether the shown status of the service has ever changed.
    private var hasServiceChanged = false

    /// No component yet; start-up waits for tasks and a registry.
    init(startupTasks: [String]) {
        (components, views, suppression, events) = (Table(), StatusViews(), AlertSuppression(), [])
        startup = Startup(tasks: startupTasks)
    }

    /// The components of a registry with their states, in place of those of an old board; appends no event yet.
    init(_ reload: Reload, after old: ServiceBoard) {
        components = reload.components
        suppression = AlertSuppression(reload.registry, reload.hierarchy, states: reload.suppressions)
        views = StatusViews(reload.hierarchy, capsShared: old.views.capsShared)
        (startup, events, hasServiceChanged) = (old.startup, old.events, old.hasServiceChanged)
        for component in components {
            views.add(component.state, of: component.index)
            if let drill = component.state.drill { drillEnds.insert(component.index, at: drill.until) }
        }
        startup.apply(
            components: components.map { ($0.registration.name, $0.state.blocksStartup) },
            groups: reload.groupsBlockingStartup(after: old)
        )
        for group in reload.hierarchy.groups.indices { startup.update(group, in: views.real, of: components) }
    }

    /// When something may change by time alone.
    var nextExpiry: Moment? { Moment.earlier(drillEnds.next, suppression.nextExpiry) }

    /// Removes and returns what happened since the last call.
    mutating func drainEvents() -> [StatusEvent] {
        if events.isEmpty { return [] }
        defer { events = [] }
        return events
    }

    /// Changes the state of a component, and all that follows from it.
    mutating func update(
        _ index: ComponentIndex,
        by source: Source?,
        in checks: Table<CheckIndex, CheckRecord>,
        at now: StatusTime,
        _ body: (inout ComponentState) -> Void
    ) {
        let old = components[index].state
        body(&components[index].state)
        let new = components[index].state
        let effect = views.update(index, from: old, to: new)
        if old.blocksStartup && !new.blocksStartup { startup.unblock(index) }
        let unit = views.hierarchy.unitOfComponent[index]
        let group = views.hierarchy.group(of: unit)
        if let group { startup.update(group, in: views.real, of: components) }
        // The end of a drill, or its replacement, is the drill's doing as much as its start.
        let isByDrill = old.drill != new.drill
        if old.status != new.status {
            let isDrill = new.showsDrill || isByDrill && old.showsDrill
            let change = source?.change.flatMap { $0.to == new.status ? $0 : nil }
            let reason = isDrill ? .drill : change.map(\.reason) ?? components[index].reason(in: checks)
            recordTransition(of: index, from: old.status, reason, isDrill: isDrill, at: now)
        }
        if let previous = effect.previousService {
            recordServiceChange(from: previous, isFirst: old.since == nil, isByDrill: isByDrill)
        }
        if isByDrill { causes.drillChanged() }
        if let source, !effect.changesPassedUp, old.gatingStatus == new.gatingStatus {
            causes.update(source.check, checks[source.check], in: views.gating)
            causes.updateDrill(of: components[index], in: views.gating)
        } else {
            for member in views.hierarchy.members[unit] { updateCauses(of: member, in: checks) }
        }
        if old.realStatus != new.realStatus {
            updateSuppression(of: index, at: now)
            events += suppression.updateDependents(of: .component(index), in: views.real, at: now)
        }
        if effect.changesRealUnit, let group {
            events += suppression.updateDependents(of: .group(group), in: views.real, at: now)
        }
    }

    /// Begins or ends suppression by the maintenance windows.
    mutating func updateMaintenance(at now: StatusTime) {
        events += suppression.updateMaintenance(in: views.real, at: now)
    }

    /// Updates suppression by dependencies.
    mutating func updateSuppression(of index: ComponentIndex, at now: StatusTime) {
        events += suppression.update(index, in: views.real, at: now)
    }

    /// Updates suppression by dependencies for all that has happened since the deferral began.
    mutating func endDeferral(at now: StatusTime) {
        events += suppression.endDeferral(in: views.real, at: now)
    }

    /// Caps shared units once the service has been ready.
    mutating func capShared(in checks: Table<CheckIndex, CheckRecord>) {
        views.capShared()
        updateCauses(in: checks)
    }

    /// Updates which checks and drills are causes.
    mutating func updateCauses(in checks: Table<CheckIndex, CheckRecord>) {
        for index in components.indices { updateCauses(of: index, in: checks) }
    }

    private mutating func updateCauses(of index: ComponentIndex, in checks: Table<CheckIndex, CheckRecord>) {
        for check in components[index].checks { causes.update(check, checks[check], in: views.gating) }
        causes.updateDrill(of: components[index], in: views.gating)
    }

    /// The component of a name; nil when there is none.
    func component(named name: String) -> ComponentRecord? {
        guard case .component(let index) = views.hierarchy.node(named: name) else { return nil }
        return components[index]
    }

    /// Appends the event that a component's shown status became another one.
    mutating func recordTransition(
        of index: ComponentIndex,
        from old: HealthStatus,
        _ reason: FailureReason?,
        isDrill: Bool,
        at now: StatusTime
    ) {
        let (status, isFirst) = (components[index].state.status, components[index].state.since == nil)
        let transition = Transition(timestamp: now.timestamp, from: old, to: status, reason: reason)
        let recorded = components[index].state.record(transition)
        let isSuppressed = isSuppressed(index, becoming: components[index].state.realStatus)
        events.append(
            .componentChanged(
                .init(
                    components[index],
                    recorded,
                    isFirst: isFirst,
                    goesOn: recorded != transition,
                    isDrill: isDrill,
                    isSuppressed: isSuppressed
                )
            )
        )
    }

    /// Appends the event that the service's shown status became another one.
    ///
    /// - Parameters:
    ///   - isFirst: whether what it changed with had no status before.
    ///   - isByDrill: whether the start or the end of a drill changed it.
    mutating func recordServiceChange(from old: HealthStatus, isFirst: Bool, isByDrill: Bool = false) {
        events.append(
            .serviceChanged(
                .init(
                    from: old,
                    to: views.shown.service,
                    isFirst: isFirst && !hasServiceChanged,
                    isDrill: isByDrill || views.shown.service != views.real.service,
                    isSuppressed: isServiceSuppressed
                )
            )
        )
        hasServiceChanged = true
    }

    /// Whether alerts about a component are suppressed, or will be once it has this status.
    func isSuppressed(_ index: ComponentIndex, becoming status: HealthStatus) -> Bool {
        suppression.isSuppressed(index, becoming: status, in: views.real)
    }

    /// Whether alerts about everything that gives the service its status are suppressed.
    private var isServiceSuppressed: Bool {
        let status = views.shown.service
        guard status > .healthy else { return false }
        let culprits = components.filter { component in
            let (state, unit) = (component.state, views.hierarchy.unitOfComponent[component.index])
            guard state.hasJoined || state.drill != nil else { return false }
            let ofUnit = views.shown.status(of: unit) ?? .healthy
            return views.shown.passedUp(by: unit) == status && state.status >= ofUnit
        }
        return !culprits.isEmpty && culprits.allSatisfy { isSuppressed($0.index, becoming: $0.state.realStatus) }
    }
}
