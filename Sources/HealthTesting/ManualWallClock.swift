package import HealthCore
import Synchronization

/// A wall clock that a test sets, and that otherwise goes with a manual clock.
package final class ManualWallClock: WallClock, Sendable {
    private struct State {
        var timestamp: Timestamp
        var setAt: ManualClock.Instant
    }

    private let clock: ManualClock
    private let state: Mutex<State>

    /// A wall clock that goes with `clock`, from a timestamp on.
    package init(following clock: ManualClock, from timestamp: Timestamp = .newYear2026) {
        self.clock = clock
        state = Mutex(State(timestamp: timestamp, setAt: clock.now))
    }

    package var now: Timestamp {
        let instant = clock.now
        return state.withLock { $0.timestamp.advanced(by: $0.setAt.duration(to: instant)) }
    }

    /// Sets the time, as an administrator or NTP does.
    package func set(_ timestamp: Timestamp) {
        let instant = clock.now
        state.withLock { $0 = State(timestamp: timestamp, setAt: instant) }
    }
}
