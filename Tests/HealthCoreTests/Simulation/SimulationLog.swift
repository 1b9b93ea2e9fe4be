import HealthCore
import HealthTesting
import Synchronization

/// Everything that scheduler and checks did, in the order in which they did it.
final class SimulationLog: ResultSink, Sendable {
    /// One thing that happened.
    enum Event: Sendable {
        case started(CheckHandle, delay: Duration)
        case published(CheckHandle, RunResult, disagrees: Bool)
        case pending(CheckHandle, PendingReport)
        case skipped(CheckHandle, SkipReason, overdue: Bool, disagrees: Bool)
        case circuit(CheckHandle, CircuitState)
        case returned(CheckHandle, late: Duration)
        /// A turn of the scheduler's loop; skips of the turn come before it, starts after it.
        case turned
        /// A scripted check was called; `script` tells which.
        case entered(script: Int, ScriptedCheck.Behaviour)
        /// A scripted check ended.
        case left(script: Int)
    }

    private let time: Timeline<ManualClock>
    private let target: StoreSink
    private let events = Mutex<[(at: Moment, event: Event)]>([])

    init(time: Timeline<ManualClock>, target: StoreSink) {
        self.time = time
        self.target = target
    }

    /// What happened since the last call.
    func drainEvents() -> [(at: Moment, event: Event)] {
        events.withLock { events in
            defer { events.removeAll(keepingCapacity: true) }
            return events
        }
    }

    /// Adds what happened now.
    func record(_ event: Event) {
        let now = time.moment
        events.withLock { $0.append((now, event)) }
    }

    func started(_ handle: CheckHandle, delay: Duration) {
        record(.started(handle, delay: delay))
        target.started(handle, delay: delay)
    }

    func publish(_ result: RunResult, of handle: CheckHandle) -> Bool {
        let disagrees = target.publish(result, of: handle)
        record(.published(handle, result, disagrees: disagrees))
        return disagrees
    }

    func pending(_ report: PendingReport, of handle: CheckHandle) {
        target.pending(report, of: handle)
        record(.pending(handle, report))
    }

    func skipped(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, at moment: Moment) -> Bool {
        let disagrees = target.skipped(handle, reason, overdue: overdue, at: moment)
        record(.skipped(handle, reason, overdue: overdue, disagrees: disagrees))
        return disagrees
    }

    func circuitChanged(_ handle: CheckHandle, to state: CircuitState) {
        record(.circuit(handle, state))
        target.circuitChanged(handle, to: state)
    }

    func returned(_ handle: CheckHandle, late: Duration) {
        record(.returned(handle, late: late))
        target.returned(handle, late: late)
    }

    func expire(at moment: Moment) -> Moment? {
        record(.turned)
        return target.expire(at: moment)
    }
}
