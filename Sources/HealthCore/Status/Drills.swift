/// Drills: while one goes on, a component is shown otherwise than it is.
extension ServiceBoard {
    /// Starts a drill, in place of one that goes on; returns false when there is no such component.
    mutating func start(
        _ drill: Drill,
        of name: String,
        in checks: Table<CheckIndex, CheckRecord>,
        at now: StatusTime
    ) -> Bool {
        guard case .component(let index) = views.hierarchy.node(named: name) else { return false }
        if let before = components[index].state.drill { events.append(.drillEnded(component: name, before)) }
        events.append(.drillStarted(component: name, drill))
        update(index, by: nil, in: checks, at: now) { $0.setDrill(drill) }
        drillEnds.insert(index, at: drill.until)
        return true
    }

    /// Ends the drill of a component; returns nil when there is no such component, false when it is in none.
    mutating func endDrill(
        of name: String,
        in checks: Table<CheckIndex, CheckRecord>,
        at now: StatusTime
    ) -> Bool? {
        guard case .component(let index) = views.hierarchy.node(named: name) else { return nil }
        return endDrill(of: index, in: checks, at: now)
    }

    /// Ends the drill that was to end first, when its time has passed.
    mutating func expireDrill(in checks: Table<CheckIndex, CheckRecord>, at now: StatusTime) {
        guard let index = drillEnds.popFirst(before: now.moment), let drill = components[index].state.drill,
            drill.until < now.moment
        else { return }
        _ = endDrill(of: index, in: checks, at: now.dated(drill.until))
    }

    private mutating func endDrill(
        of index: ComponentIndex,
        in checks: Table<CheckIndex, CheckRecord>,
        at now: StatusTime
    ) -> Bool {
        guard let drill = components[index].state.drill else { return false }
        update(index, by: nil, in: checks, at: now) { $0.setDrill(nil) }
        events.append(.drillEnded(component: components[index].registration.name, drill))
        return true
    }
}
