import HealthCore

/// Passes what the scheduler reports on to status, metrics and logs, in this order.
final class ResultPipeline: ResultSink {
    private let store: StatusStore
    private let recorder: MetricsRecorder
    /// What pages are made from.
    let generations: GenerationStore
    /// What pages show of the past.
    let history: HistoryStore
    private let logger: ResultLogger

    /// A pipeline without checks; ``apply(_:memory:)`` makes some known.
    init(store: StatusStore, recorder: MetricsRecorder, history: HistoryStore, logger: ResultLogger) {
        self.store = store
        self.recorder = recorder
        self.history = history
        generations = GenerationStore(status: store, recorder: recorder)
        self.logger = logger
    }

    /// Applies a registry, before the scheduler does.
    ///
    /// - Parameter memory: what is known of an earlier process.
    func apply(_ registry: CheckRegistry, memory: RegistryMemory? = nil) {
        generations.apply(registry, memory: memory)
        // Afterwards: what is removed can't change any more, and an incident of it ends.
        history.apply(registry)
        logger.keep(only: Set(registry.checks.map(\.handle)))
    }

    /// Records the delay of a run that starts.
    func started(_ handle: CheckHandle, delay: Duration) {
        recorder.recordStart(delay: delay)
    }

    /// Records and logs a result; true when it disagrees with the check's status.
    func publish(_ result: RunResult, of handle: CheckHandle) -> Bool {
        let check = store.publish(result, of: handle)
        recorder.record(result, of: handle)
        history.record(result, of: handle)
        guard let check else { return false }
        logger.log(
            result,
            of: handle,
            registration: check.registration,
            checkState: check.state,
            isSuppressed: check.isSuppressed
        )
        return check.wantsConfirmation
    }

    /// Records that a check has nothing to report yet.
    func pending(_ report: PendingReport, of handle: CheckHandle) {
        store.record(report, of: handle)
        recorder.record(report, of: handle)
    }

    /// Records a slot without a run; true when it disagrees with the check's status.
    func skipped(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, at moment: Moment) -> Bool {
        recorder.record(reason, of: handle, at: moment)
        if reason != .saturated { history.recordLostSlot(of: handle) }
        if reason == .circuitOpen { store.slotPassedWhileOpen(handle, at: moment) }
        guard overdue else { return false }
        return store.slotPassedWhileOverdue(handle, at: moment)?.wantsConfirmation ?? false
    }

    /// Records and logs the state of a circuit breaker.
    func circuitChanged(_ handle: CheckHandle, to state: CircuitState) {
        recorder.recordCircuit(state, of: handle)
        guard let check = store.status(of: handle) else { return }
        logger.logCircuit(check.registration, state, isSuppressed: check.isSuppressed)
    }

    /// Logs that an overdue run has returned.
    func returned(_ handle: CheckHandle, late: Duration) {
        guard let check = store.status(of: handle) else { return }
        logger.logReturn(check.registration, late: late)
    }

    /// Makes what is too old unknown; returns when the next result may become so.
    func expire(at moment: Moment) -> Moment? {
        store.expire()
    }
}
