package import HealthCore

/// A sink that feeds a status store and a metrics recorder, in this order, as the exporter does.
package struct StoreSink: ResultSink {
    private let store: StatusStore
    private let recorder: MetricsRecorder

    /// Feeds a store and a recorder.
    package init(store: StatusStore, recorder: MetricsRecorder) {
        self.store = store
        self.recorder = recorder
    }

    /// Records how late a run started.
    package func started(_ handle: CheckHandle, delay: Duration) {
        recorder.recordStart(delay: delay)
    }

    package func publish(_ result: RunResult, of handle: CheckHandle) -> Bool {
        let check = store.publish(result, of: handle)
        recorder.record(result, of: handle)
        return check?.wantsConfirmation ?? false
    }

    /// Records a run that ended with nothing to report.
    package func pending(_ report: PendingReport, of handle: CheckHandle) {
        store.record(report, of: handle)
        recorder.record(report, of: handle)
    }

    /// Records a slot without a run; returns whether the check wants confirmation.
    package func skipped(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, at moment: Moment) -> Bool {
        if reason == .circuitOpen { store.slotPassedWhileOpen(handle, at: moment) }
        let check = overdue ? store.slotPassedWhileOverdue(handle, at: moment) : nil
        recorder.record(reason, of: handle, at: moment)
        return check?.wantsConfirmation ?? false
    }

    /// Records the state of a circuit.
    package func circuitChanged(_ handle: CheckHandle, to state: CircuitState) {
        recorder.recordCircuit(state, of: handle)
    }

    /// Nothing is kept of it.
    package func returned(_ handle: CheckHandle, late: Duration) {}

    /// Lets time pass; returns when the next result may become too old.
    package func expire(at moment: Moment) -> Moment? {
        store.expire()
    }
}
