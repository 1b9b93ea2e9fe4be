package import HealthCore
import Synchronization

/// A sink that remembers what it was told, in order, and passes it on.
package final class RecordingSink: ResultSink, Sendable {
    /// One thing that the scheduler said.
    package enum Event: Sendable {
        case started(CheckHandle, delay: Duration, at: Moment)
        case published(CheckHandle, RunResult, disagrees: Bool)
        case pending(CheckHandle, PendingReport)
        case skipped(CheckHandle, SkipReason, overdue: Bool, at: Moment, disagrees: Bool)
        case circuit(CheckHandle, CircuitState, at: Moment)
        case returned(CheckHandle, late: Duration, at: Moment)
        /// Once a turn of the scheduler's loop.
        case turned(at: Moment)
    }

    private let time: any TimeSource
    private let target: (any ResultSink)?
    private let state = Mutex<[Event]>([])

    /// A sink that answers what `target` answers; without one, that nothing disagrees and nothing expires.
    package init(time: any TimeSource, target: (any ResultSink)? = nil) {
        self.time = time
        self.target = target
    }

    /// What it was told until now.
    package var events: [Event] {
        state.withLock { $0 }
    }

    /// What it was told since the last call.
    package func takeEvents() -> [Event] {
        state.withLock { events in
            defer { events.removeAll(keepingCapacity: true) }
            return events
        }
    }

    /// Adds an event in its place.
    private func note(_ event: Event) {
        state.withLock { $0.append(event) }
    }

    package func started(_ handle: CheckHandle, delay: Duration) {
        note(.started(handle, delay: delay, at: time.moment))
        target?.started(handle, delay: delay)
    }

    package func publish(_ result: RunResult, of handle: CheckHandle) -> Bool {
        let disagrees = target?.publish(result, of: handle) ?? false
        note(.published(handle, result, disagrees: disagrees))
        return disagrees
    }

    package func pending(_ report: PendingReport, of handle: CheckHandle) {
        note(.pending(handle, report))
        target?.pending(report, of: handle)
    }

    package func skipped(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, at moment: Moment) -> Bool {
        let disagrees = target?.skipped(handle, reason, overdue: overdue, at: moment) ?? false
        note(.skipped(handle, reason, overdue: overdue, at: moment, disagrees: disagrees))
        return disagrees
    }

    package func circuitChanged(_ handle: CheckHandle, to state: CircuitState) {
        note(.circuit(handle, state, at: time.moment))
        target?.circuitChanged(handle, to: state)
    }

    package func returned(_ handle: CheckHandle, late: Duration) {
        note(.returned(handle, late: late, at: time.moment))
        target?.returned(handle, late: late)
    }

    package func expire(at moment: Moment) -> Moment? {
        note(.turned(at: moment))
        return target?.expire(at: moment)
    }
}
