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
        /// Without a registry nothing is known to be waited for, so start-up can't be complete.
        var hasRegistry = false
    }

    private let state: Mutex<State>
    private let shutsDown = Atomic(false)
    private let time: any TimeSource
    private let report: @Sendable ([StatusEvent]) -> Void

    /// - Parameters:
    ///   - startupTasks: what start-up waits for besides components.
    ///   - report: gets what happened, in order, outside the lock.
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
        let (value, events) = state.withLock { state -> (Value, [StatusEvent]) in
            state.board.expire(now)
            state.settle()
            let value = body(&state, now)
            state.settle()
            return (value, state.board.takeEvents())
        }
        if !events.isEmpty { report(events) }
        return value
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
        if readiness != lastReadiness { board.note(.readinessChanged(from: lastReadiness, to: readiness)) }
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
