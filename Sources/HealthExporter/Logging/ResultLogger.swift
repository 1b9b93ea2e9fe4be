import HealthCore
import Logging
import Synchronization

/// Logs changes of status, and reminders while something lasts; single runs only at `debug`.
final class ResultLogger: Sendable {
    private struct State {
        /// Of checks that are unhealthy: the line about the change of status tells of the beginning.
        var failing = Reminders(announcesBeginning: false)
        /// Of runs that don't return.
        var overrun = Reminders(announcesBeginning: true)
    }

    private let logger: Logger
    private let state = Mutex(State())

    /// Logs to a logger, whose level decides what is written.
    init(logger: Logger) {
        self.logger = logger
    }

    /// Logs what happened to statuses, in this order.
    func log(_ events: [StatusEvent]) {
        for event in events {
            if case .runOverdue(let run) = event, !isDue(run) { continue }
            if let entry = LogEntry(event) { logger.log(entry) }
        }
    }

    /// Forgets checks that are no longer registered.
    func keep(only handles: Set<CheckHandle>) {
        state.withLock { state in
            state.failing.keep(only: handles)
            state.overrun.keep(only: handles)
        }
    }

    /// Logs a run at `debug`, and every ten minutes that its check is still unhealthy.
    ///
    /// - Parameter checkState: the state of the check after the run.
    func log(
        _ result: RunResult,
        of handle: CheckHandle,
        registration: Registration,
        checkState: CheckState,
        isSuppressed: Bool = false
    ) {
        if logger.logLevel <= .debug { logger.log(LogEntry(run: result, of: registration, state: checkState)) }
        let isDue = state.withLock { state in
            guard checkState.status == .unhealthy else {
                state.failing.end(handle)
                return false
            }
            return state.failing.isDue(handle, at: result.moment)
        }
        guard isDue else { return }
        logger.log(
            LogEntry(stillFailing: result, of: registration, state: checkState, isSuppressed: isSuppressed)
        )
    }

    /// Whether a line tells of an overdue run: at most every ten minutes.
    private func isDue(_ run: StatusEvent.OverdueRun) -> Bool {
        state.withLock { $0.overrun.isDue(run.handle, at: run.moment) }
    }

    /// Logs that a run has returned after its deadline.
    func logReturn(_ registration: Registration, late: Duration) {
        logger.log(LogEntry(returnOf: registration, late: late))
    }

    /// Logs that the circuit of a check opened, is being tried or closed.
    func logCircuit(_ registration: Registration, _ state: CircuitState, isSuppressed: Bool) {
        logger.log(LogEntry(circuitOf: registration, state, isSuppressed: isSuppressed))
    }
}
