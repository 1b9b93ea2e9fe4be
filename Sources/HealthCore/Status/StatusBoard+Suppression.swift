extension StatusBoard {
    /// Begins a drill, in place of one that goes on; false when there is no such component.
    package mutating func startDrill(_ drill: Drill, of name: String, _ now: Now) -> Bool {
        guard let index = components.firstIndex(where: { $0.registration.name == name }) else { return false }
        if let before = components[index].state.drill { note(.drillEnded(component: name, before)) }
        note(.drillStarted(component: name, drill))
        mutate(index, now) { $0.show(drill) }
        watch(component: index, at: drill.until)
        return true
    }

    /// Ends a drill; nil when there is no such component, false when it is in none.
    @discardableResult
    package mutating func endDrill(of name: String, _ now: Now) -> Bool? {
        guard let index = components.firstIndex(where: { $0.registration.name == name }) else { return nil }
        guard let drill = components[index].state.drill else { return false }
        mutate(index, now) { $0.show(nil) }
        note(.drillEnded(component: name, drill))
        return true
    }

    /// Windows have begun or ended.
    mutating func updateMaintenance(_ now: Now) {
        maintenance.update(at: now.timestamp)
        var changed: [Int] = []
        for index in components.indices {
            let isCovered = maintenance.covers(components[index].registration.name)
            guard components[index].suppression.isInMaintenance != isCovered else { continue }
            components[index].suppression.isInMaintenance = isCovered
            changed.append(index)
            let name = components[index].registration.name
            note(
                isCovered
                    ? .suppressionStarted(component: name, .maintenance, by: [])
                    : .suppressionEnded(component: name, .maintenance)
            )
        }
        for index in changed {
            updateDependents(of: index, now)
            let unit = plan.unitOfComponent[index]
            if plan.units[unit].requirement != nil { updateDependents(of: components.count + unit, now) }
        }
    }

    /// A component or group has changed: alerts about those that need it may have to be held back.
    mutating func updateDependents(of node: Int, _ now: Now) {
        for index in graph.neededBy[node] { updateDependencySuppression(of: index, now) }
    }

    /// Looks at what was put off.
    mutating func judge(_ now: Now) {
        guard let indices = toBeJudged else { return }
        toBeJudged = nil
        for index in indices.sorted() { updateDependencySuppression(of: index, now) }
    }

    /// Holds alerts about a component back, or no longer.
    mutating func updateDependencySuppression(of index: Int, _ now: Now) {
        if toBeJudged != nil {
            toBeJudged?.insert(index)
            return
        }
        let before = components[index].suppression
        if graph.needs[index].isEmpty, !before.isActive(.dependency) { return }
        let registration = components[index].registration
        let grace = registration.checks.map { $0.schedule.interval + $0.schedule.timeout }.max() ?? .zero
        let changed = components[index].suppression.update(
            isHealthy: components[index].state.realStatus == .healthy,
            rootsDown: rootsDown(for: index),
            at: now.moment,
            grace: grace
        )
        guard changed else { return }
        let after = components[index].suppression
        if let moment = after.heldUntil { watch(component: index, at: moment) }
        switch (before.isActive(.dependency), after.isActive(.dependency)) {
        case (false, true): note(.suppressionStarted(component: registration.name, .dependency, by: after.rootCauses))
        case (true, false): note(.suppressionEnded(component: registration.name, .dependency))
        default: break
        }
    }

    /// Whether alerts about a component are held back, or will be once it has this status.
    func isSuppressed(_ index: Int, becoming status: HealthStatus) -> Bool {
        components[index].suppression.reason != nil || status > .healthy && !rootsDown(for: index).isEmpty
    }

    /// Whether alerts about everything that gives the service its status are held back.
    var isServiceSuppressed: Bool {
        let status = shownService
        let culprits = components.indices.filter { index in
            let (state, unit) = (components[index].state, plan.unitOfComponent[index])
            guard status > .healthy, state.hasJoined || state.drill != nil else { return false }
            let ofUnit = views.shown.status(ofUnit: unit) ?? .healthy
            return views.shown.passedUp(byUnit: unit) == status && state.status >= ofUnit
        }
        return !culprits.isEmpty
            && culprits.allSatisfy { isSuppressed($0, becoming: components[$0].state.realStatus) }
    }

    /// The things a component needs that are really down and need nothing themselves that is.
    private func rootsDown(for index: Int) -> [String] {
        let down = graph.needs[index].filter { isDown($0) }
        return down.filter { node in !down.contains { $0 != node && graph.node(node, needs: $0) } }.map(name)
    }

    private func name(of node: Int) -> String {
        node < components.count ? components[node].registration.name : groups[node - components.count].name
    }

    private func isDown(_ node: Int) -> Bool {
        if node < components.count {
            return components[node].state.realStatus == .unhealthy && !components[node].suppression.isInMaintenance
        }
        let unit = node - components.count
        let isPlanned = membersOfUnit[unit].allSatisfy { components[$0].suppression.isInMaintenance }
        return views.real.status(ofUnit: unit) == .unhealthy && !isPlanned
    }

    /// Every group with its status.
    package var groupStates: [HealthSnapshot.Group] {
        groups.enumerated().map { unit, group in
            .init(
                registration: group,
                status: views.shown.status(ofUnit: unit) ?? .unknown,
                gatingStatus: views.gating.status(ofUnit: unit) ?? .unknown
            )
        }
    }

    /// Every flag with its value.
    package var flagStates: [HealthSnapshot.Flag] {
        flags.map { flag in
            let statuses = flag.requires.map { gatingStatus(of: $0) }
            return .init(
                name: flag.name,
                isOn: flag.isOn(statuses),
                isDefault: statuses.max() == .unknown,
                requires: flag.requires
            )
        }
    }

    private func gatingStatus(of name: String) -> HealthStatus {
        if let unit = groups.firstIndex(where: { $0.name == name }) {
            return views.gating.status(ofUnit: unit) ?? .unknown
        }
        return components.first { $0.registration.name == name }?.state.gatingStatus ?? .unknown
    }
}

/// Which maintenance windows are on; looked at again only when one may begin or end.
struct MaintenanceState {
    private struct Window {
        let registration: MaintenanceWindow
        let names: Set<String>?
        var isActive = false
    }

    private var windows: [Window] = []
    /// The answer stays the same in between.
    private var (since, until) = (Timestamp.distantPast, Timestamp.distantFuture)

    init() {}

    init(_ registry: CheckRegistry) {
        windows = registry.maintenance.map { Window(registration: $0, names: $0.components.map(Set.init)) }
    }

    /// Whether the civil time has left the span in which nothing changes; clocks are set back too.
    func isDue(at timestamp: Timestamp) -> Bool {
        timestamp < since || timestamp >= until
    }

    mutating func update(at timestamp: Timestamp) {
        (since, until) = (.distantPast, .distantFuture)
        for index in windows.indices {
            let state = windows[index].registration.time.state(at: timestamp)
            windows[index].isActive = state.isActive
            (since, until) = (max(since, state.since), min(until, state.until))
        }
    }

    func covers(_ component: String) -> Bool {
        windows.contains { $0.isActive && $0.names?.contains(component) ?? true }
    }
}
