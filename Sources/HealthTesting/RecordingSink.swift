package import HealthCore
import Synchronization

/// A sink that records the calls of the scheduler in order and passes them on.
package final class RecordingSink: ResultSink, Sendable {
    /// One call.
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

    /// The calls until now.
    package var events: [Event] {
        state.withLock { $0 }
    }

    /// The calls since events were last drained.
    package func drainEvents() -> [Event] {
        state.withLock { events in
            defer { events.removeAll(keepingCapacity: true) }
            return events
        }
    }

    /// Appends an event.
    private func record(_ event: Event) {
        state.withLock { $0.append(event) }
    }

    /// Records that a run began so long after its slot, then passes it on.
    package func started(_ handle: CheckHandle, delay: Duration) {
        record(.started(handle, delay: delay, at: time.moment))
        target?.started(handle, delay: delay)
    }

    package func publish(_ result: RunResult, of handle: CheckHandle) -> Bool {
        let disagrees = target?.publish(result, of: handle) ?? false
        record(.published(handle, result, disagrees: disagrees))
        return disagrees
    }

    /// Records a run without a result, then passes it on.
    package func pending(_ report: PendingReport, of handle: CheckHandle) {
        record(.pending(handle, report))
        target?.pending(report, of: handle)
    }

    /// Passes on that a slot went by without a run, records it with the answer, and returns the answer.
    package func skipped(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, at moment: Moment) -> Bool {
        let disagrees = target?.skipped(handle, reason, overdue: overdue, at: moment) ?? false
        record(.skipped(handle, reason, overdue: overdue, at: moment, disagrees: disagrees))
        return disagrees
    }

    /// Records a circuit's new state, then passes it on.
    package func circuitChanged(_ handle: CheckHandle, to state: CircuitState) {
        record(.circuit(handle, state, at: time.moment))
        target?.circuitChanged(handle, to: state)
    }

    /// Records that a run returned so long after its deadline, then passes it on.
    package func returned(_ handle: CheckHandle, late: Duration) {
        record(.returned(handle, late: late, at: time.moment))
        target?.returned(handle, late: late)
    }

    /// Records a turn of the scheduler's loop; returns when the target's next result expires, nil when none does.
    package func expire(at moment: Moment) -> Moment? {
        record(.turned(at: moment))
        return target?.expire(at: moment)
    }
}
