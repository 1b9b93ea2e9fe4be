import HeapModule

/// All checks and components with their states.
///
/// Pure: the store around it holds the lock and the clock.
///
/// A result costs the same whatever the number of checks; a probe reads counts.
package struct StatusBoard: Sendable {
    private struct Expiry: Comparable {
        let moment: Moment
        let handle: CheckHandle

        static func < (left: Expiry, right: Expiry) -> Bool {
            left.moment != right.moment ? left.moment < right.moment : left.handle < right.handle
        }
    }

    package private(set) var components: [HealthSnapshot.Component] = []
    package private(set) var checks: [HealthSnapshot.Check] = []
    package private(set) var service = ServiceState()
    package private(set) var componentsHoldingUpStartupCount = 0
    private var places: [CheckHandle: (check: Int, component: Int)] = [:]
    /// A lower bound for each check's expiry: looked at when it comes up, and put back when the check has news since.
    ///
    private var expiries = Heap<Expiry>()
    private var events: [StatusEvent] = []

    package init() {}

    /// The names of the components that start-up waits for.
    package var componentsHoldingUpStartup: [String] {
        components.filter(\.state.holdsUpStartup).map(\.registration.name)
    }

    /// When the next status may become too old.
    package var nextExpiry: Moment? { expiries.min?.moment }

    /// What happened since the last call.
    package mutating func takeEvents() -> [StatusEvent] {
        defer { events.removeAll() }
        return events
    }

    /// Adds an event in its place.
    package mutating func note(_ event: StatusEvent) {
        events.append(event)
    }

    /// Takes a registry: what stays keeps its state.
    package mutating func apply(_ registry: CheckRegistry, timestamp: Timestamp) {
        let before = service.status
        let old = (checks: checks, places: places, components: components, hadAny: !components.isEmpty)
        let oldComponents = Dictionary(uniqueKeysWithValues: old.components.map { ($0.registration.name, $0.state) })
        (checks, components, places, service) = ([], [], [:], ServiceState())
        expiries = Heap()
        for component in registry.components {
            let first = checks.count
            for (handle, registration) in zip(component.handles, component.registration.checks) {
                places[handle] = (checks.count, components.count)
                let kept = old.places[handle].map { old.checks[$0.check] }
                checks.append(kept ?? HealthSnapshot.Check(handle: handle, registration: registration))
                watchExpiry(handle, checks[checks.count - 1].state)
            }
            let range = first..<checks.count
            var state = ComponentState(
                checks: checks[range].map(\.state),
                awaited: checks[range].filter(\.registration.check.holdsUpStartup).map(\.state),
                startup: component.registration.startup
            )
            if let inherited = oldComponents[component.registration.name] { state.inherit(inherited) }
            let impact = component.registration.impact
            service.add(state.status, impact: impact)
            for index in range { service.noteCheck(index, from: nil, to: checks[index].state.status, impact: impact) }
            components.append(.init(registration: component.registration, checks: range, state: state))
        }
        componentsHoldingUpStartupCount = components.count { $0.state.holdsUpStartup }
        if old.hadAny, service.status != before { note(.serviceChanged(from: before, to: service.status)) }
    }

    /// Takes the result of a run; returns whether it disagrees with the check's status.
    package mutating func publish(_ result: RunResult, of handle: CheckHandle, timestamp: Timestamp) -> Bool {
        guard let place = places[handle] else { return false }
        checks[place.check].take(result)
        return update(place, result.outcome, result.reason, at: result.moment, timestamp, run: result)
    }

    /// One more timeout, though no run.
    package mutating func slotPassedWhileOverdue(_ handle: CheckHandle, at moment: Moment, timestamp: Timestamp) -> Bool
    {
        guard let place = places[handle] else { return false }
        let run = checks[place.check].lastRun
        let reason = run?.outcome == .timeout ? run?.reason : .timeout
        return update(place, .timeout, reason, at: moment, timestamp, run: run)
    }

    private mutating func update(
        _ place: (check: Int, component: Int),
        _ outcome: RunOutcome,
        _ reason: FailureReason?,
        at moment: Moment,
        _ timestamp: Timestamp,
        run: RunResult?
    ) -> Bool {
        let (wasPending, wasWatched) = (checks[place.check].state.isPending, checks[place.check].state.expiresAt != nil)
        let change = checks[place.check].state.publish(outcome, reason: reason, at: moment, timestamp: timestamp)
        let state = checks[place.check].state
        let isAwaited = checks[place.check].registration.check.holdsUpStartup
        if wasPending && !state.isPending && isAwaited {
            updateComponent(place.component) { $0.checkIsNoLongerPending() }
        }
        if !wasWatched { watchExpiry(checks[place.check].handle, state) }
        if let change { changed(place, change, timestamp, run: run) }
        return state.disagrees
    }

    private mutating func updateComponent(_ index: Int, _ body: (inout ComponentState) -> Void) {
        let heldUp = components[index].state.holdsUpStartup
        body(&components[index].state)
        if heldUp && !components[index].state.holdsUpStartup { componentsHoldingUpStartupCount -= 1 }
    }

    private mutating func changed(
        _ place: (check: Int, component: Int),
        _ change: CheckState.Change,
        _ timestamp: Timestamp,
        run: RunResult?
    ) {
        let component = components[place.component].registration
        note(
            .checkChanged(
                .init(
                    registration: checks[place.check].registration,
                    impact: component.impact,
                    change: change,
                    run: run,
                    consecutiveFailures: checks[place.check].state.consecutiveFailures
                )
            )
        )
        service.noteCheck(place.check, from: change.from, to: change.to, impact: component.impact)
        var transition: Transition?
        updateComponent(place.component) { transition = $0.checkChanged(change, timestamp: timestamp) }
        if let new = transition?.to, new > .healthy, transition?.reason == nil {
            let other = checks[components[place.component].checks].first { $0.state.status == new }
            transition = components[place.component].state.explainLastTransition(other?.state.reason)
        }
        guard let transition else { return }
        note(.componentChanged(name: component.name, transition))
        let before = service.status
        service.componentChanged(from: transition.from, to: transition.to, impact: component.impact)
        if service.status != before { note(.serviceChanged(from: before, to: service.status)) }
    }

    /// Makes what is too old unknown.
    package mutating func expire(at now: Moment, timestamp: Timestamp) {
        while let next = expiries.min, next.moment < now {
            expiries.removeMin()
            guard let place = places[next.handle] else { continue }
            let change = checks[place.check].state.expire(at: now, timestamp: timestamp)
            if let change { changed(place, change, timestamp, run: nil) }
            watchExpiry(next.handle, checks[place.check].state)
        }
    }

    private mutating func watchExpiry(_ handle: CheckHandle, _ state: CheckState) {
        if let moment = state.expiresAt { expiries.insert(Expiry(moment: moment, handle: handle)) }
    }

    /// The state of one check; nil when it is not registered.
    package func standing(of handle: CheckHandle) -> CheckState? {
        places[handle].map { checks[$0.check].state }
    }

    /// What makes the service other than healthy, worst first.
    package func causes(_ limit: Int) -> [HealthVerdict.Cause] {
        service.worstChecks(limit).map { index in
            let check = checks[index]
            return HealthVerdict.Cause(
                id: check.registration.id,
                status: check.state.status,
                reason: check.state.reason,
                since: check.state.since,
                failures: check.state.consecutiveFailures
            )
        }
    }
}
