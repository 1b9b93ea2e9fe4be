/// Receives everything that happens to runs and slots, for status, metrics and logs.
///
/// Called on the tasks of the scheduler and of its runs; no function may wait.
package protocol ResultSink: Sendable {
    /// A run begins, `delay` after its slot.
    func started(_ handle: CheckHandle, delay: Duration)

    /// A run has a result; returns whether it disagrees with the check's status, which then wants confirmation.
    func publish(_ result: RunResult, of handle: CheckHandle) -> Bool

    /// A run ended without a result, because its check has nothing to report yet.
    func pending(_ report: PendingReport, of handle: CheckHandle)

    /// A slot passed without a run; an overdue one counts as one more timeout. Returns as `publish` does.
    func skipped(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, at moment: Moment) -> Bool

    /// The circuit of a check opened, is being tried or closed.
    func circuitChanged(_ handle: CheckHandle, to state: CircuitState)

    /// A run that was published at its deadline has returned at last, so long after it.
    func returned(_ handle: CheckHandle, late: Duration)

    /// Time has passed: results may have become too old. Returns when the next one may.
    func expire(at moment: Moment) -> Moment?
}
