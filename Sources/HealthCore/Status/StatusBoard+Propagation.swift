extension StatusBoard {
    /// Changes a component, and all that follows from it.
    mutating func mutate(
        _ index: Int,
        _ now: Now,
        check: Int? = nil,
        _ change: CheckState.Change? = nil,
        _ body: (inout ComponentState) -> Void
    ) {
        let old = components[index].state
        let unit = plan.unitOfComponent[index]
        let before = (passedUp: views.gating.passedUp(byUnit: unit), real: views.real.status(ofUnit: unit))
        let service = views.shown.service
        body(&components[index].state)
        let new = components[index].state
        place(index)
        if old.gatingStatus != new.gatingStatus { counts.move(from: old.gatingStatus, to: new.gatingStatus) }
        if old.holdsUpStartup && !new.holdsUpStartup { holdingUpStartupCount -= 1 }
        updateStartup(ofUnit: unit)
        // What a drill ended for, or another one took the place of, is its doing as much as what it began with.
        let isByDrill = old.drill != new.drill
        if old.status != new.status {
            noteTransition(index, from: old.status, now, change, isByDrill: isByDrill && old.showsDrill)
        }
        if service != shownService {
            noteServiceChange(from: service, isFirst: old.since == nil, isByDrill: isByDrill)
        }
        if views.gating.passedUp(byUnit: unit) != before.passedUp || check == nil
            || old.gatingStatus != new.gatingStatus
        {
            for member in membersOfUnit[unit] { noteCauses(ofComponent: member) }
        } else if let check {
            noteCause(check, component: index)
        }
        if old.realStatus != new.realStatus {
            updateDependencySuppression(of: index, now)
            updateDependents(of: index, now)
        }
        if before.real != views.real.status(ofUnit: unit), plan.units[unit].requirement != nil {
            updateDependents(of: components.count + unit, now)
        }
    }

    /// Puts a component's status where it counts.
    mutating func place(_ index: Int) {
        let state = components[index].state
        if state.drill == nil { drilled.remove(index) } else { drilled.insert(index) }
        views.real.set(state.hasJoined ? state.realStatus : nil, ofComponent: index)
        // What has not joined counts with its drill alone.
        views.gating.set(state.hasJoined ? state.gatingStatus : state.readinessDrill?.status, ofComponent: index)
        views.shown.set(state.hasJoined ? state.status : state.drill?.status, ofComponent: index)
    }

    /// Says that a component's shown status became another one.
    ///
    /// - Parameter isByDrill: whether it did by the end of a drill.
    mutating func noteTransition(
        _ index: Int,
        from old: HealthStatus,
        _ now: Now,
        _ change: CheckState.Change?,
        isByDrill: Bool = false
    ) {
        let component = components[index]
        let status = component.state.status
        let isDrill = isByDrill || component.state.showsDrill
        let reason = isDrill ? .drill : change?.to == status ? change?.reason : reason(of: component)
        let transition = Transition(timestamp: now.timestamp, from: old, to: status, reason: reason)
        components[index].state.note(transition)
        note(
            .componentChanged(
                .init(
                    name: component.registration.name,
                    impact: component.impact,
                    isFirst: component.state.since == nil,
                    transition: transition,
                    isDrill: isDrill,
                    isSuppressed: isSuppressed(index, becoming: component.state.realStatus)
                )
            )
        )
    }

    /// Says that the service's shown status became another one.
    ///
    /// - Parameters:
    ///   - isFirst: whether what it changed with had no status before.
    ///   - isByDrill: whether the beginning or the end of a drill changed it.
    mutating func noteServiceChange(from old: HealthStatus, isFirst: Bool, isByDrill: Bool = false) {
        note(
            .serviceChanged(
                .init(
                    from: old,
                    to: shownService,
                    isFirst: isFirst && !hasServiceChanged,
                    isDrill: isByDrill || shownService != realService,
                    isSuppressed: isServiceSuppressed
                )
            )
        )
        hasServiceChanged = true
    }

    private func reason(of component: HealthSnapshot.Component) -> FailureReason? {
        Self.reason(of: component, checks)
    }

    /// Why a component is not healthy.
    static func reason(of component: HealthSnapshot.Component, _ checks: [HealthSnapshot.Check]) -> FailureReason? {
        component.state.showsDrill ? .drill : realReason(of: component, checks)
    }

    /// Why a component is not healthy, drills left aside.
    static func realReason(of component: HealthSnapshot.Component, _ checks: [HealthSnapshot.Check]) -> FailureReason? {
        let status = component.state.realStatus
        return checks[component.checks].first {
            $0.state.status == status && ($0.hasJoined || !component.state.hasJoined)
        }?
        .state.reason
    }

    /// Groups are decided once no member that is still pending could make a difference.
    mutating func updateStartup(ofUnit unit: Int) {
        guard unit < groups.count, groupsHoldingUpStartup[unit] else { return }
        let status = views.real.status(ofUnit: unit) ?? .unknown
        let holdsUp =
            switch groups[unit].startup {
            case .none: false
            case .healthy: status != .healthy && awaitedStatus(ofUnit: unit) != .healthy
            case .result: status == .unknown && membersOfUnit[unit].contains { components[$0].state.isPending }
            }
        guard !holdsUp else { return }
        groupsHoldingUpStartup[unit] = false
        holdingUpStartupCount -= 1
    }

    /// The status of a group by the checks alone that start-up may wait for; healthy when there are none.
    private func awaitedStatus(ofUnit unit: Int) -> HealthStatus {
        let statuses = membersOfUnit[unit].compactMap { components[$0].state.awaitedStatus }.sorted()
        guard !statuses.isEmpty else { return .healthy }
        return statuses[groups[unit].requirement.rank(of: statuses.count) - 1]
    }
}
