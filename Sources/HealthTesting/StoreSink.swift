package import HealthCore

/// A sink that feeds a status store and a metrics recorder, in this order, as the exporter does.
package struct StoreSink: ResultSink {
    private let store: StatusStore
    private let recorder: MetricsRecorder

    package init(store: StatusStore, recorder: MetricsRecorder) {
        self.store = store
        self.recorder = recorder
    }

    package func started(_ handle: CheckHandle, delay: Duration) {
        recorder.recordStart(delay: delay)
    }

    package func publish(_ result: RunResult, of handle: CheckHandle) -> Bool {
        let disagrees = store.publish(result, of: handle)
        recorder.record(result, of: handle)
        return disagrees
    }

    package func pending(_ report: PendingReport, of handle: CheckHandle) {
        store.take(report, of: handle)
        recorder.record(report, of: handle)
    }

    package func skipped(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, at moment: Moment) -> Bool {
        if reason == .circuitOpen { store.slotPassedWhileOpen(handle, at: moment) }
        let disagrees = overdue && store.slotPassedWhileOverdue(handle, at: moment)
        recorder.record(reason, of: handle, at: moment)
        return disagrees
    }

    package func circuitChanged(_ handle: CheckHandle, to state: CircuitState) {
        recorder.recordCircuit(state, of: handle)
    }

    package func returned(_ handle: CheckHandle, late: Duration) {}

    package func expire(at moment: Moment) -> Moment? {
        store.expire()
    }
}
