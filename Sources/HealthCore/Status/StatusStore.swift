import Synchronization

/// Holds the status of every check, component and the service: results in, events out, a verdict for probes at any time.
///
/// Whatever changes the state lets time pass first. A probe reads the last verdict and lets time pass only when that verdict
/// no longer holds, so that an answer is never older than allowed even when the scheduler has stopped.
package final class StatusStore: Sendable {
    fileprivate struct State {
        var board: StatusBoard
        var readiness: ReadinessState
        var events = EventQueue()
    }

    private let state: Mutex<State>
    private let publication: VerdictPublication
    private let shutsDown = Atomic(false)
    private let time: any TimeSource
    private let report: @Sendable ([StatusEvent]) -> Void

    /// A store without a registry.
    ///
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
        var board = StatusBoard(startupTasks: startupTasks)
        let readiness = ReadinessState(unknownPolicy: unknownPolicy)
        publication = VerdictPublication(HealthVerdict(readiness.current))
        publication.update(from: &board, readiness: readiness.current)
        state = Mutex(State(board: board, readiness: readiness))
    }

    /// The wall clock, as its time source has it.
    var timestamp: Timestamp { time.timestamp }

    /// Applies a registry: what stays keeps its state.
    ///
    /// - Parameter memory: what is known of an earlier process.
    package func apply(_ registry: CheckRegistry, memory: RegistryMemory? = nil) {
        change { state, now in
            state.board.apply(registry, memory: memory, at: now)
            for (component, drill) in memory?.drills(at: now) ?? [] {
                let checks = state.board.checks
                _ = state.board.service.start(drill, of: component, in: checks, at: now)
            }
        }
    }

    /// Records the result of a run; returns the check after it, or nil when it is not registered.
    package func publish(_ result: RunResult, of handle: CheckHandle) -> CheckStatus? {
        change { state, now in state.board.publish(result, of: handle, timestamp: now.timestamp) }
    }

    /// Records what a check reports that has no result yet.
    package func record(_ report: PendingReport, of handle: CheckHandle) {
        change { state, _ in state.board.record(report, of: handle) }
    }

    /// Records a slot that passed while a run was overdue: one more timeout for the thresholds, though no run.
    package func slotPassedWhileOverdue(_ handle: CheckHandle, at moment: Moment) -> CheckStatus? {
        change { state, now in
            state.board.slotPassedWhileOverdue(handle, at: StatusTime(moment: moment, timestamp: now.timestamp))
        }
    }

    /// Records a slot that passed because the circuit is open: what is known stays.
    package func slotPassedWhileOpen(_ handle: CheckHandle, at moment: Moment) {
        change { state, _ in state.board.slotPassedWhileOpen(handle, at: moment) }
    }

    /// A check as it was after the last change; nil when it is not registered.
    package func status(of handle: CheckHandle) -> CheckStatus? {
        state.withLock { $0.board.status(of: handle) }
    }

    /// Starts a drill, which shows a component otherwise than it is for a while; nil when there is no such component.
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
            let checks = state.board.checks
            return state.board.service.start(drill, of: component, in: checks, at: now) ? drill : nil
        }
    }

    /// Ends a drill; nil when there is no such component, false when it was in none.
    package func endDrill(of component: String) -> Bool? {
        change { state, now in
            let checks = state.board.checks
            return state.board.service.endDrill(of: component, in: checks, at: now)
        }
    }

    /// A task that start-up waits for is done.
    package func finishStartup(task: String) {
        change { state, _ in state.board.service.startup.finish(task: task) }
    }

    /// Whether it is not ready for good; takes no lock.
    package var isShuttingDown: Bool { shutsDown.load(ordering: .relaxed) }

    /// Not ready from now on, for good.
    package func shutDown() {
        shutsDown.store(true, ordering: .relaxed)
        change { state, _ in state.readiness.shutDown() }
    }

    /// No more results will come, by intent: nothing becomes too old from now on.
    package func stopAging() {
        change { state, _ in state.board.stopAging() }
    }

    /// Makes what is too old unknown; returns when the next result may become so.
    package func expire() -> Moment? {
        change { state, _ in state.board.nextExpiry }
    }

    /// The verdict for probes: takes no lock of the state unless the last verdict no longer holds.
    package func verdict() -> HealthVerdict {
        let verdict = publication.current
        if verdict.isValid(at: time.moment) { return verdict }
        change { _, _ in }
        return publication.current
    }

    /// Everything, for documents and scrapes.
    package func snapshot() -> HealthSnapshot {
        change { [publication] state, _ in HealthSnapshot(state.board, verdict: publication.current) }
    }

    /// Lets time pass, makes a change and publishes the verdict after it.
    @discardableResult
    private func change<Value: Sendable>(_ body: (inout State, StatusTime) -> Value) -> Value {
        let now = StatusTime(moment: time.moment, timestamp: time.timestamp)
        let (value, mustDeliver) = state.withLock { state -> (Value, Bool) in
            if state.board.expire(now) { publish(&state) }
            let value = body(&state, now)
            publish(&state)
            return (value, state.events.append(state.board.service.drainEvents()))
        }
        if mustDeliver { deliver() }
        return value
    }

    private func publish(_ state: inout State) {
        state.updateReadiness()
        publication.update(from: &state.board, readiness: state.readiness.current)
    }

    /// Reports what happened, and what happens meanwhile, in order.
    private func deliver() {
        while true {
            let events = state.withLock { $0.events.removeAll() }
            if events.isEmpty { return }
            report(events)
        }
    }
}

extension StatusStore.State {
    /// Updates start-up and readiness by what has changed.
    fileprivate mutating func updateReadiness() {
        if board.service.startup.completeWhenUnblocked() { board.service.events.append(.started) }
        let change = readiness.update(
            service: board.service.views.gating.service,
            realService: board.service.views.real.service,
            hasStarted: board.service.startup.isComplete
        )
        if readiness.hasBeenReady, !board.service.views.capsShared { board.service.capShared(in: board.checks) }
        if let change {
            board.service.events.append(.readinessChanged(from: change.from, to: change.to, isDrill: change.isDrill))
        }
    }
}
