import Synchronization

/// Holds the status of every check, component and the service: results in, events out, and answers to probes at any time.
///
/// Whoever asks also lets time pass, so that an answer is never older than allowed, even when the scheduler has stopped.
package final class StatusStore: Sendable {
    fileprivate struct State {
        var board: StatusBoard
        var facts: Readiness.Facts
        var startup: Startup
        var lastReadiness: Readiness
        /// Whether it would be ready, were it not for drills.
        var failsByDrill = false
        /// Without a registry nothing is known to be waited for, so start-up can't be complete.
        var hasRegistry = false
        var outbox = StatusOutbox()
    }

    private let state: Mutex<State>
    private let shutsDown = Atomic(false)
    private let time: any TimeSource
    private let report: @Sendable ([StatusEvent]) -> Void

    /// - Parameters:
    ///   - startupTasks: what start-up waits for besides components.
    ///   - report: gets what happened, in the order in which it did, outside the lock; called by one thread at a time.
    package init(
        time: any TimeSource,
        unknownPolicy: UnknownPolicy = .notReady,
        startupTasks: [String] = [],
        report: @escaping @Sendable ([StatusEvent]) -> Void
    ) {
        self.time = time
        self.report = report
        var facts = Readiness.Facts()
        facts.unknownPolicy = unknownPolicy
        state = Mutex(
            State(
                board: StatusBoard(),
                facts: facts,
                startup: Startup(tasks: startupTasks),
                lastReadiness: Readiness(facts)
            )
        )
    }

    /// Takes a registry: what stays keeps its state.
    package func apply(_ registry: CheckRegistry) {
        change { state, now in
            state.hasRegistry = true
            state.board.apply(registry, hasStarted: state.startup.isComplete, now)
        }
    }

    /// Takes the result of a run; returns whether it disagrees with the check's status.
    package func publish(_ result: RunResult, of handle: CheckHandle) -> Bool {
        change { state, now in
            state.board.publish(result, of: handle, timestamp: now.timestamp)
        }
    }

    /// Takes what a check says that has nothing to report yet.
    package func take(_ report: PendingReport, of handle: CheckHandle) {
        change { state, _ in state.board.take(report, of: handle) }
    }

    /// A slot passed while a run was overdue: one more timeout for the thresholds, though no run.
    package func slotPassedWhileOverdue(_ handle: CheckHandle, at moment: Moment) -> Bool {
        change { state, now in
            state.board.slotPassedWhileOverdue(handle, at: moment, timestamp: now.timestamp)
        }
    }

    /// A slot passed because the circuit is open: what is known stays.
    package func slotPassedWhileOpen(_ handle: CheckHandle, at moment: Moment) {
        change { state, _ in state.board.slotPassedWhileOpen(handle, at: moment) }
    }

    /// Shows a component otherwise than it is for a while; the drill that began, or nil when there is no such component.
    package func startDrill(
        of component: String,
        as status: HealthStatus,
        for length: Duration,
        affectsReadiness: Bool,
        reason: String,
        by: String
    ) -> Drill? {
        change { state, now in
            let drill = Drill(
                status: status,
                affectsReadiness: affectsReadiness,
                reason: reason,
                by: by,
                start: now.timestamp,
                end: now.timestamp.advanced(by: length),
                until: now.moment.advanced(by: length)
            )
            return state.board.startDrill(drill, of: component, now) ? drill : nil
        }
    }

    /// Ends a drill; nil when there is no such component, false when it was in none.
    package func endDrill(of component: String) -> Bool? {
        change { state, now in state.board.endDrill(of: component, now) }
    }

    /// The state of one check; nil when it is not registered.
    package func standing(of handle: CheckHandle) -> CheckState? {
        state.withLock { $0.board.standing(of: handle) }
    }

    /// Whether alerts about its component are held back.
    package func isSuppressed(_ handle: CheckHandle) -> Bool {
        state.withLock { $0.board.isSuppressed(handle) }
    }

    /// A task that start-up waits for is done.
    package func finishStartup(task: String) {
        change { state, _ in state.startup.finish(task: task) }
    }

    /// Whether it is not ready for good; takes no lock.
    package var isShuttingDown: Bool { shutsDown.load(ordering: .relaxed) }

    /// Not ready from now on, for good.
    package func shutDown() {
        shutsDown.store(true, ordering: .relaxed)
        change { state, _ in state.facts.isShuttingDown = true }
    }

    /// No more results will come, by our own doing: nothing becomes too old from now on.
    package func stopAging() {
        change { state, _ in state.board.stopAging() }
    }

    /// Makes what is too old unknown; returns when the next result may become so.
    package func expire() -> Moment? {
        change { state, _ in state.board.nextExpiry }
    }

    /// The answer to a probe.
    package func verdict() -> HealthVerdict {
        change { state, _ in state.verdict }
    }

    /// Everything, for documents and scrapes.
    package func snapshot() -> HealthSnapshot {
        change { state, _ in
            HealthSnapshot(
                verdict: state.verdict,
                components: state.board.components,
                checks: state.board.checks,
                groups: state.board.groupStates,
                flags: state.board.flagStates
            )
        }
    }

    /// What start-up waits for: tasks, then components.
    package func waitingFor() -> [String] {
        change { state, _ in
            state.startup.isComplete ? [] : state.startup.tasks + state.board.holdingUpStartup
        }
    }

    @discardableResult
    private func change<Value: Sendable>(_ body: (inout State, StatusBoard.Now) -> Value) -> Value {
        let now = StatusBoard.Now(moment: time.moment, timestamp: time.timestamp)
        let (value, mustDeliver) = state.withLock { state -> (Value, Bool) in
            state.board.expire(now)
            state.settle()
            let value = body(&state, now)
            state.settle()
            return (value, state.outbox.append(state.board.takeEvents()))
        }
        if mustDeliver { deliver() }
        return value
    }

    /// Reports what happened, and what happens meanwhile, in the order of the lock.
    private func deliver() {
        while true {
            let events = state.withLock { $0.outbox.take() }
            if events.isEmpty { return }
            report(events)
        }
    }
}

extension StatusStore.State {
    fileprivate mutating func settle() {
        if hasRegistry, startup.update(waitingComponents: board.holdingUpStartupCount) {
            facts.hasStarted = true
            board.note(.started)
        }
        facts.service = board.gatingService
        let readiness = Readiness(facts)
        if readiness.isReady {
            facts.hasBeenReady = true
            board.capShared()
        }
        let failedByDrill = failsByDrill
        var realFacts = facts
        realFacts.service = board.realService
        failsByDrill = !readiness.isReady && Readiness(realFacts).isReady
        if readiness != lastReadiness {
            let isDrill = failsByDrill || failedByDrill
            board.note(.readinessChanged(from: lastReadiness, to: readiness, isDrill: isDrill))
        }
        lastReadiness = readiness
    }

    fileprivate var verdict: HealthVerdict {
        HealthVerdict(
            readiness: lastReadiness,
            service: board.shownService,
            hasStarted: startup.isComplete,
            components: board.counts,
            causes: board.causes(HealthVerdict.maximumCauses)
        )
    }
}
