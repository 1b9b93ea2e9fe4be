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

        /// The same point, with the time of day that it was at another moment: for what is noticed later than it happened.
        func dated(_ other: Moment) -> Now {
            Now(moment: moment, timestamp: timestamp.advanced(by: moment.duration(to: other)))
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
    /// Checks that make the service other than healthy, by their status.
    var causeSets = [BitSet](repeating: BitSet(), count: HealthStatus.allCases.count)
    var timers = Heap<Timer>()
    /// Whether results still come; when not, nothing becomes too old.
    var isAging = true
    /// Whether the service has ever changed its shown status.
    var hasServiceChanged = false
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
    /// The service without any drill.
    var realService: HealthStatus { views.real.service }

    /// Whether shared components no longer take the service out: once it has been ready.
    package mutating func capShared() {
        guard !views.gating.capsShared else { return }
        (views.real.capsShared, views.gating.capsShared, views.shown.capsShared) = (true, true, true)
        for index in components.indices { noteCauses(ofComponent: index) }
    }

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
        // A run that was aborted because no more are wanted says nothing.
        if !isAging, result.outcome == .internal { return false }
        let now = Now(moment: result.moment, timestamp: timestamp)
        return update(place, result.outcome, result.reason, now, run: result)
    }

    /// Takes what a check says that has nothing to report yet: nothing changes.
    package mutating func take(_ report: PendingReport, of handle: CheckHandle) {
        guard let place = places[handle] else { return }
        checks[place.check].take(report)
        checks[place.check].state.stayPending(at: report.moment)
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
        // Trouble of our own is a result for start-up, and for nothing else.
        let isFirstResult = !before.hasResult && state.hasResult
        let isAwaited = checks[place.check].registration.check.holdsUpStartup
        let joins = !state.isPending && !checks[place.check].hasJoined
        if joins { checks[place.check].hasJoined = true }
        // What is too old needs no confirmation, and trouble of our own no more runs than usual.
        let wantsConfirmation = state.disagrees && (outcome != .internal || state.status != .unknown)
        guard change != nil || isFirstResult || joins else { return wantsConfirmation }
        mutate(place.component, now, check: place.check, change) { component in
            if isFirstResult && isAwaited { component.checkHasResult() }
            if joins {
                component.checkJoined(state.status, isAwaited: isAwaited)
            } else if let change, change.from != change.to {
                component.checkChanged(from: change.from, to: change.to, isAwaited: isAwaited)
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
                    lastRun: checks[place.check].lastRun,
                    consecutiveFailures: checks[place.check].state.consecutiveFailures,
                    isSuppressed: isSuppressed
                )
            )
        )
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
