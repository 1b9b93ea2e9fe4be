public import HealthCore
import Synchronization

/// A wall clock that a test sets, and that otherwise advances with a ``ManualClock``.
public final class ManualWallClock: WallClock, Sendable {
    private struct State {
        var timestamp: Timestamp
        var setAt: ManualClock.Instant
    }

    private let clock: ManualClock
    private let state: Mutex<State>

    /// A wall clock that shows a timestamp now and advances with `clock`.
    public init(following clock: ManualClock, from timestamp: Timestamp = .newYear2026) {
        self.clock = clock
        state = Mutex(State(timestamp: timestamp, setAt: clock.now))
    }

    /// The civil time now.
    public var now: Timestamp {
        let instant = clock.now
        return state.withLock { $0.timestamp.advanced(by: $0.setAt.duration(to: instant)) }
    }

    /// Sets the time, as an administrator or NTP does.
    public func set(_ timestamp: Timestamp) {
        let instant = clock.now
        state.withLock { $0 = State(timestamp: timestamp, setAt: instant) }
    }
}
