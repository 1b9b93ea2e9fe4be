import BitCollections
import HeapModule

/// All checks, components and groups with their states.
///
/// Pure: the store around it holds the lock and the clock.
///
/// A result costs the same whatever the number of checks; a probe reads counts.
package struct StatusBoard: Sendable {
    /// A point in time, on both time lines.
    package struct Now: Sendable {
        package let moment: Moment
        package let timestamp: Timestamp

        package init(moment: Moment, timestamp: Timestamp) {
            self.moment = moment
            self.timestamp = timestamp
        }
    }

    /// Who looks: the same components, with drills seen or not.
    struct Views {
        /// No drill counts.
        var real: StatusTree
        /// Drills that are meant for readiness count.
        var gating: StatusTree
        /// Every drill counts.
        var shown: StatusTree

        init(_ plan: StatusTree.Plan = .init(units: [], unitOfComponent: [])) {
            (real, gating, shown) = (StatusTree(plan), StatusTree(plan), StatusTree(plan))
        }
    }

    /// What a timer is about; looked at when it comes up, and put back when there is news since.
    private struct Timer: Comparable {
        enum Subject: Equatable {
            case check(CheckHandle)
            case component(Int)
        }

        let moment: Moment
        let subject: Subject

        static func < (left: Timer, right: Timer) -> Bool {
            left.moment < right.moment
        }
    }

    package internal(set) var components: [HealthSnapshot.Component] = []
    package internal(set) var checks: [HealthSnapshot.Check] = []
    package internal(set) var groups: [GroupRegistration] = []
    /// The components that are in a drill.
    var drilled: Set<Int> = []
    package internal(set) var flags: [FlagRegistration] = []
    var places: [CheckHandle: (check: Int, component: Int)] = [:]
    var views = Views()
    var plan = StatusTree.Plan(units: [], unitOfComponent: [])
    /// The components in each unit.
    var membersOfUnit: [[Int]] = []
    var graph = DependencyGraph()
    var maintenance = MaintenanceState()
    /// Which groups start-up still waits for, in their order.
    var groupsHoldingUpStartup: [Bool] = []
    /// How many components have each status, as readiness sees them.
    package internal(set) var counts = StatusCounts()
    /// Checks that make the service other than healthy, by what they pass up.
    var causeSets = [BitSet](repeating: BitSet(), count: HealthStatus.allCases.count)
    private var timers = Heap<Timer>()
    private var events: [StatusEvent] = []
    /// Components whose suppression is to be looked at once all that happens now has happened; nil is at once.
    var toBeJudged: Set<Int>?

    package init() {}

    /// How many components and groups start-up waits for.
    package internal(set) var holdingUpStartupCount = 0

    /// The names of the components and groups that start-up waits for.
    package var holdingUpStartup: [String] {
        components.filter(\.state.holdsUpStartup).map(\.registration.name)
            + zip(groups, groupsHoldingUpStartup).filter(\.1).map(\.0.name)
    }

    /// The service as everybody sees it.
    package var shownService: HealthStatus { views.shown.service }
    /// The service as readiness sees it.
    package var gatingService: HealthStatus { views.gating.service }

    /// Whether shared components no longer take the service out: once it has been ready.
    package mutating func capShared() {
        guard !views.gating.capsShared else { return }
        (views.real.capsShared, views.gating.capsShared, views.shown.capsShared) = (true, true, true)
        for index in components.indices { noteCauses(ofComponent: index) }
    }

    /// When something may change by time alone.
    package var nextExpiry: Moment? { timers.min?.moment }

    /// What happened since the last call.
    package mutating func takeEvents() -> [StatusEvent] {
        defer { events.removeAll() }
        return events
    }

    /// Adds an event in its place.
    package mutating func note(_ event: StatusEvent) {
        events.append(event)
    }

    /// Takes the result of a run; returns whether it disagrees with the check's status.
    package mutating func publish(_ result: RunResult, of handle: CheckHandle, timestamp: Timestamp) -> Bool {
        guard let place = places[handle] else { return false }
        checks[place.check].take(result)
        let now = Now(moment: result.moment, timestamp: timestamp)
        return update(place, result.outcome, result.reason, now, run: result)
    }

    /// One more timeout, though no run.
    package mutating func slotPassedWhileOverdue(_ handle: CheckHandle, at moment: Moment, timestamp: Timestamp) -> Bool
    {
        guard let place = places[handle] else { return false }
        let run = checks[place.check].lastRun
        let now = Now(moment: moment, timestamp: timestamp)
        // After a halt of the process the run may be about to return: that is not the target's doing.
        let interval = checks[place.check].registration.schedule.interval
        if let run, run.outcome == .internal, moment < run.moment.advanced(by: interval) {
            return update(place, .internal, run.reason, now, run: run)
        }
        let reason = run?.outcome == .timeout ? run?.reason : .timeout
        return update(place, .timeout, reason, now, run: run)
    }

    /// A slot passed because the circuit is open: what is known stays.
    package mutating func slotPassedWhileOpen(_ handle: CheckHandle, at moment: Moment) {
        guard let place = places[handle] else { return }
        checks[place.check].state.stayFresh(at: moment)
    }

    private mutating func update(
        _ place: (check: Int, component: Int),
        _ outcome: RunOutcome,
        _ reason: FailureReason?,
        _ now: Now,
        run: RunResult?
    ) -> Bool {
        let before = checks[place.check].state
        let change = checks[place.check].state.publish(
            outcome,
            reason: reason,
            at: now.moment,
            timestamp: now.timestamp
        )
        let state = checks[place.check].state
        if before.expiresAt == nil { watchExpiry(checks[place.check].handle, state) }
        if let change { noteChange(place, change, run: run) }
        let hasFirstResult = before.isPending && !state.isPending
        let isAwaited = checks[place.check].registration.check.holdsUpStartup
        let joins = hasFirstResult && !checks[place.check].hasJoined
        if joins { checks[place.check].hasJoined = true }
        // What is too old needs no confirmation, and trouble of our own no more runs than usual.
        let wantsConfirmation = state.disagrees && (outcome != .internal || state.status != .unknown)
        guard change != nil || hasFirstResult else { return wantsConfirmation }
        mutate(place.component, now, check: place.check, change) { component in
            if hasFirstResult && isAwaited { component.checkIsNoLongerPending() }
            if joins {
                component.checkJoined(state.status)
            } else if let change {
                component.checkChanged(from: change.from, to: change.to)
            }
        }
        return wantsConfirmation
    }

    /// Says that a check changed.
    mutating func noteChange(
        _ place: (check: Int, component: Int),
        _ change: CheckState.Change,
        run: RunResult?
    ) {
        // Its component becomes suppressed only with this very change.
        let isSuppressed = isSuppressed(place.component, becoming: change.to)
        note(
            .checkChanged(
                .init(
                    registration: checks[place.check].registration,
                    impact: plan.units[plan.unitOfComponent[place.component]].impact,
                    change: change,
                    run: run,
                    consecutiveFailures: checks[place.check].state.consecutiveFailures,
                    isSuppressed: isSuppressed
                )
            )
        )
    }

    /// Lets time pass: makes what is too old unknown, and ends what was for a time.
    package mutating func expire(_ now: Now) {
        let mayChange = maintenance.isDue(at: now.timestamp) || timers.min.map { $0.moment < now.moment } ?? false
        guard mayChange else { return }
        // What becomes too old at the same time is looked at together: nobody is held back by what is gone as well.
        toBeJudged = []
        defer { judge(now) }
        if maintenance.isDue(at: now.timestamp) { updateMaintenance(now) }
        while let next = timers.min, next.moment < now.moment {
            timers.removeMin()
            switch next.subject {
            case .check(let handle): expire(handle, now)
            case .component(let index): expire(component: index, now)
            }
        }
    }

    private mutating func expire(_ handle: CheckHandle, _ now: Now) {
        guard let place = places[handle] else { return }
        if !checks[place.check].hasJoined {
            guard checks[place.check].joinsBy < now.moment else { return watchJoining(place.check) }
            checks[place.check].hasJoined = true
            let status = checks[place.check].state.status
            mutate(place.component, now, check: place.check, nil) { $0.checkJoined(status) }
        }
        if let change = checks[place.check].state.expire(at: now.moment, timestamp: now.timestamp) {
            noteChange(place, change, run: nil)
            mutate(place.component, now, check: place.check, change) {
                $0.checkChanged(from: change.from, to: change.to)
            }
        }
        watchExpiry(handle, checks[place.check].state)
    }

    private mutating func expire(component index: Int, _ now: Now) {
        if let drill = components[index].state.drill, drill.until < now.moment {
            endDrill(of: components[index].registration.name, now)
        }
        updateDependencySuppression(of: index, now)
    }

    /// Looks at a check again when its status may become too old.
    mutating func watchExpiry(_ handle: CheckHandle, _ state: CheckState) {
        if let moment = state.expiresAt { timers.insert(Timer(moment: moment, subject: .check(handle))) }
    }

    /// Looks at a check again when it joins at the latest.
    mutating func watchJoining(_ index: Int) {
        timers.insert(Timer(moment: checks[index].joinsBy, subject: .check(checks[index].handle)))
    }

    /// Looks at a component again behind a moment.
    mutating func watch(component index: Int, at moment: Moment) {
        timers.insert(Timer(moment: moment, subject: .component(index)))
    }

    /// Forgets every timer and cause, before a registry is taken.
    mutating func clear() {
        timers = Heap()
        for index in causeSets.indices { causeSets[index] = BitSet() }
    }

    /// The state of one check; nil when it is not registered.
    package func standing(of handle: CheckHandle) -> CheckState? {
        places[handle].map { checks[$0.check].state }
    }

    /// Whether alerts about its component are held back.
    package func isSuppressed(_ handle: CheckHandle) -> Bool {
        places[handle].map { components[$0.component].suppression.reason != nil } ?? false
    }
}

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
        if old.status != new.status { noteTransition(index, from: old.status, now, change) }
        if service != views.shown.service {
            let isDrill = views.shown.service != views.real.service
            note(.serviceChanged(from: service, to: views.shown.service, isDrill: isDrill))
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
        let isGating = state.hasJoined || state.drill?.affectsReadiness == true
        views.gating.set(isGating ? state.gatingStatus : nil, ofComponent: index)
        views.shown.set(state.hasJoined || state.drill != nil ? state.status : nil, ofComponent: index)
    }

    private mutating func noteTransition(
        _ index: Int,
        from old: HealthStatus,
        _ now: Now,
        _ change: CheckState.Change?
    ) {
        let component = components[index]
        let status = component.state.status
        let reason = change?.to == status && component.state.drill == nil ? change?.reason : reason(of: component)
        let transition = Transition(timestamp: now.timestamp, from: old, to: status, reason: reason)
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

    private func reason(of component: HealthSnapshot.Component) -> FailureReason? {
        Self.reason(of: component, checks)
    }

    /// Why a component is not healthy.
    static func reason(of component: HealthSnapshot.Component, _ checks: [HealthSnapshot.Check]) -> FailureReason? {
        component.state.drill == nil ? realReason(of: component, checks) : .drill
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
            case .healthy: status != .healthy
            case .result: status == .unknown && membersOfUnit[unit].contains { components[$0].state.isPending }
            }
        guard !holdsUp else { return }
        groupsHoldingUpStartup[unit] = false
        holdingUpStartupCount -= 1
    }
}
