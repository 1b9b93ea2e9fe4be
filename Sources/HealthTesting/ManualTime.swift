public import HealthCore
import Synchronization

/// The monotonic and the civil time, as the test sets them.
package final class ManualTime: TimeSource, Sendable {
    private struct State {
        var moment: Moment
        var timestamp: Timestamp
    }

    private let state: Mutex<State>

    /// A time at the start of the process, on 2026-01-01 in civil time.
    package init(moment: Moment = .zero, timestamp: Timestamp = .newYear2026) {
        state = Mutex(State(moment: moment, timestamp: timestamp))
    }

    /// The monotonic time, counted from the process's start.
    package var moment: Moment {
        state.withLock { $0.moment }
    }

    /// The civil time, which advances together with the monotonic one.
    package var timestamp: Timestamp {
        state.withLock { $0.timestamp }
    }

    /// Moves both times on.
    package func advance(by duration: Duration) {
        state.withLock { state in
            state.moment = state.moment.advanced(by: duration)
            state.timestamp = state.timestamp.advanced(by: duration)
        }
    }

    /// Moves both times to a moment counted from the process's start.
    package func advance(to moment: Moment) {
        advance(by: self.moment.duration(to: moment))
    }
}

extension Timestamp {
    /// 2026-01-01T00:00:00Z: 20,454 days after the epoch.
    public static let newYear2026 = Timestamp(nanosecondsSinceEpoch: 20_454 * 86_400 * 1_000_000_000)
}

extension Moment {
    /// So many seconds after the start.
    package static func seconds(_ seconds: Double) -> Moment {
        Moment.zero.advanced(by: .seconds(seconds))
    }

    /// So many milliseconds after the start.
    package static func milliseconds(_ milliseconds: Int) -> Moment {
        Moment.zero.advanced(by: .milliseconds(milliseconds))
    }
}
