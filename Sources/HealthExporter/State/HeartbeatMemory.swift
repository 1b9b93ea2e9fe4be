import HealthChecks
import HealthCore
import Synchronization

/// What the state file knows of heartbeats, so that only changes are written.
final class HeartbeatMemory: Sendable {
    private struct State {
        var checks: [CheckID: HeartbeatCheck] = [:]
        var known: [CheckID: RememberedState.Heartbeat] = [:]
    }

    private let state = Mutex(State())

    /// Nothing known yet.
    init() {}

    /// Watches the heartbeats of a registry from now on; those that an earlier process knew go on.
    func apply(_ registry: CheckRegistry, remembering remembered: RememberedState? = nil) {
        let heartbeats = registry.heartbeats
        for (id, old) in remembered?.heartbeats ?? [:] { heartbeats[id]?.heartbeat.restore(old) }
        state.withLock { state in
            state.checks = heartbeats
            state.known = state.known.filter { heartbeats[$0.key] != nil }
        }
    }

    /// Goes on with what a file remembers that could not be read at the start; all are written to it.
    func adopt(_ remembered: RememberedState) {
        let checks = state.withLock { state in
            state.known = [:]
            return state.checks
        }
        for (id, old) in remembered.heartbeats { checks[id]?.heartbeat.restore(old) }
    }

    /// Those that changed since the last call.
    func drainChanges() -> [CheckID: RememberedState.Heartbeat] {
        state.withLock { state in
            let changed = state.checks.compactMapValues { $0.heartbeat.remembered }.filter {
                state.known[$0.key] != $0.value
            }
            state.known.merge(changed) { $1 }
            return changed
        }
    }
}
