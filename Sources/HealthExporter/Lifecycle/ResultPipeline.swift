import HealthCore
import Synchronization

/// Takes the scheduler's news to status, metrics and logs, in this order.
final class ResultPipeline: ResultSink {
    private let store: StatusStore
    private let recorder: MetricsRecorder
    /// What pages are made from.
    let generations: GenerationStore
    private let logger: ResultLogger
    private let registrations = Mutex<[CheckHandle: Registration]>([:])

    init(store: StatusStore, recorder: MetricsRecorder, logger: ResultLogger) {
        self.store = store
        self.recorder = recorder
        generations = GenerationStore(status: store, recorder: recorder)
        self.logger = logger
    }

    /// Takes a registry, before the scheduler does.
    func apply(_ registry: CheckRegistry) {
        generations.apply(registry)
        let known = Dictionary(uniqueKeysWithValues: registry.checks.map { ($0.handle, $0.registration) })
        registrations.withLock { $0 = known }
        logger.keep(only: Set(known.keys))
    }

    func started(_ handle: CheckHandle, delay: Duration) {
        recorder.recordStart(delay: delay)
    }

    func publish(_ result: RunResult, of handle: CheckHandle) -> Bool {
        let disagrees = store.publish(result, of: handle)
        recorder.record(result, of: handle)
        if let registration = registration(of: handle), let standing = store.standing(of: handle) {
            logger.log(result, of: handle, registration, standing, isSuppressed: store.isSuppressed(handle))
        }
        return disagrees
    }

    func pending(_ report: PendingReport, of handle: CheckHandle) {
        store.take(report, of: handle)
        recorder.record(report, of: handle)
    }

    func skipped(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, at moment: Moment) -> Bool {
        recorder.record(reason, of: handle, at: moment)
        if reason == .circuitOpen { store.slotPassedWhileOpen(handle, at: moment) }
        guard overdue else { return false }
        if let registration = registration(of: handle) {
            logger.logOverrun(handle, registration, at: moment, isSuppressed: store.isSuppressed(handle))
        }
        return store.slotPassedWhileOverdue(handle, at: moment)
    }

    func circuitChanged(_ handle: CheckHandle, to state: CircuitState) {
        recorder.recordCircuit(state, of: handle)
        if let registration = registration(of: handle) {
            logger.logCircuit(registration, state, isSuppressed: store.isSuppressed(handle))
        }
    }

    func returned(_ handle: CheckHandle, late: Duration) {
        if let registration = registration(of: handle) { logger.logReturn(registration, late: late) }
    }

    func expire(at moment: Moment) -> Moment? {
        store.expire()
    }

    private func registration(of handle: CheckHandle) -> Registration? {
        registrations.withLock { $0[handle] }
    }
}
