/// Which components' alerts are suppressed: by maintenance windows, and by dependencies that are down.
///
/// Pure. The statuses without drills come as a ``StatusTree``; what happens is returned as events.
struct AlertSuppression: Sendable {
    /// The suppression of each component.
    private(set) var states: Table<ComponentIndex, Suppression>
    private var maintenance: MaintenanceSchedule
    private let graph: DependencyGraph
    /// Which components can be suppressed at all: what they depend on, or a window, is configured.
    let isPossible: Table<ComponentIndex, Bool>
    private let names: Table<ComponentIndex, String>
    /// How long each component stays suppressed after its dependencies have recovered: an interval and a timeout.
    private let graces: Table<ComponentIndex, Duration>
    private var graceEnds = ExpiryQueue<ComponentIndex>()
    /// Components to be updated once all that happens at this moment has happened; nil is at once.
    private var deferred: Set<ComponentIndex>?

    /// No component.
    init() {
        (maintenance, graph) = (MaintenanceSchedule(), DependencyGraph())
        (states, isPossible, names, graces) = (Table(), Table(), Table(), Table())
    }

    /// The components of a registry; windows and dependencies count from the next update on.
    ///
    /// - Parameter states: how each component was suppressed until now.
    init(_ registry: CheckRegistry, _ hierarchy: Hierarchy, states: Table<ComponentIndex, Suppression>) {
        self.states = states
        let (maintenance, graph) = (
            MaintenanceSchedule(registry.maintenance, in: hierarchy), DependencyGraph(registry, hierarchy)
        )
        isPossible = Table(
            states.indices.map { !graph.dependencies[$0].isEmpty || maintenance.mayCover($0) }
        )
        (self.maintenance, self.graph) = (maintenance, graph)
        names = Table(registry.components.map(\.registration.name))
        graces = Table(
            registry.components.map { component in
                component.registration.checks.map { $0.schedule.interval + $0.schedule.timeout }.max() ?? .zero
            }
        )
        for index in states.indices {
            if let moment = states[index].graceEnd { graceEnds.insert(index, at: moment) }
        }
    }

    /// When a suppression may end by time alone, on the monotonic time line.
    var nextExpiry: Moment? { graceEnds.next }

    /// Whether a maintenance window may begin or end.
    func isMaintenanceDue(at timestamp: Timestamp) -> Bool {
        maintenance.isDue(at: timestamp)
    }

    /// Begins or ends suppression by the maintenance windows.
    mutating func updateMaintenance(in tree: StatusTree, at now: StatusTime) -> [StatusEvent] {
        maintenance.update(at: now.timestamp)
        let changed = states.indices.filter { states[$0].isInMaintenance != maintenance.covers($0) }
        var events: [StatusEvent] = []
        for index in changed {
            let before = states[index]
            states[index].isInMaintenance.toggle()
            events += states[index].events(since: before, of: names[index])
        }
        for index in changed {
            events += updateDependents(of: .component(index), in: tree, at: now)
            if let group = tree.hierarchy.group(of: tree.hierarchy.unitOfComponent[index]) {
                events += updateDependents(of: .group(group), in: tree, at: now)
            }
        }
        return events
    }

    /// A component or group has changed: updates what depends on it.
    mutating func updateDependents(of node: NodeIndex, in tree: StatusTree, at now: StatusTime) -> [StatusEvent] {
        var events: [StatusEvent] = []
        for index in graph.dependents(of: node) { events += update(index, in: tree, at: now) }
        return events
    }

    /// Begins or ends suppression of a component by its dependencies.
    mutating func update(_ index: ComponentIndex, in tree: StatusTree, at now: StatusTime) -> [StatusEvent] {
        if deferred != nil {
            deferred?.insert(index)
            return []
        }
        let before = states[index]
        if graph.dependencies[index].isEmpty, !before.isActive(.dependency) { return [] }
        let isChanged = states[index].update(
            isHealthy: tree.status(of: index) == .healthy,
            rootCauses: rootCauses(for: index, in: tree),
            at: now.moment,
            grace: graces[index]
        )
        guard isChanged else { return [] }
        if let moment = states[index].graceEnd { graceEnds.insert(index, at: moment) }
        return states[index].events(since: before, of: names[index])
    }

    /// Puts updates off until ``endDeferral(in:at:)``: what changes at the same moment counts together, so that nothing
    /// is suppressed by what is gone as well.
    mutating func beginDeferral() {
        deferred = []
    }

    /// Updates what was put off, and what was suppressed until now.
    mutating func endDeferral(in tree: StatusTree, at now: StatusTime) -> [StatusEvent] {
        while let index = graceEnds.popFirst(before: now.moment) { deferred?.insert(index) }
        let indices = deferred?.sorted() ?? []
        deferred = nil
        return indices.flatMap { update($0, in: tree, at: now) }
    }

    /// Whether alerts about a component are suppressed, or will be once it has this status.
    func isSuppressed(_ index: ComponentIndex, becoming status: HealthStatus, in tree: StatusTree) -> Bool {
        states[index].reason != nil || status > .healthy && !rootCauses(for: index, in: tree).isEmpty
    }

    private func rootCauses(for index: ComponentIndex, in tree: StatusTree) -> [String] {
        if graph.dependencies[index].isEmpty { return [] }
        let hierarchy = tree.hierarchy
        return graph.rootCauses(for: index) { node in
            hierarchy.suppresses(node, alertsAbout: index) && isDown(node, in: tree)
        }.map { node in
            switch node {
            case .component(let index): names[index]
            case .group(let index): hierarchy.groups[index].name
            }
        }
    }

    /// What is in maintenance is expected to be down, and suppresses nothing else.
    private func isDown(_ node: NodeIndex, in tree: StatusTree) -> Bool {
        switch node {
        case .component(let index):
            return tree.status(of: index) == .unhealthy && !states[index].isInMaintenance
        case .group(let index):
            let members = tree.hierarchy.members[tree.hierarchy.unit(of: index)]
            return tree.status(of: index) == .unhealthy && !members.allSatisfy { states[$0].isInMaintenance }
        }
    }
}
