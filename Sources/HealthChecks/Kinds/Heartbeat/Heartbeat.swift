public import HealthCore
import Synchronization

/// The beats of one worker: whoever does the work says so, a check looks whether it still does.
public final class Heartbeat: Sendable {
    /// What a worker says of itself with a beat.
    public enum Status: String, CaseIterable, Sendable {
        case healthy, degraded, unhealthy
    }

    /// The last beat.
    package struct Beat: Sendable {
        /// When it came, on the monotonic clock.
        package var moment: Moment
        /// When it came, on the wall clock.
        package var timestamp: Timestamp
        /// What the worker says of its state.
        package var status = Status.healthy
        /// What the worker says besides, at most ``maximumMessageBytes`` bytes; may be empty.
        package var message = ""
    }

    /// A message is cut to this many bytes.
    public static let maximumMessageBytes = 1024

    private struct State {
        var last: Beat?
        var registration: (moment: Moment, timestamp: Timestamp)
    }

    private let state: Mutex<State>
    private let time: any TimeSource

    /// A handle for code of this process, which gives it to a ``HeartbeatCheck``.
    ///
    /// The worker has its time from now on to beat for the first time.
    public convenience init(clock: some Clock<Duration>, wallClock: any WallClock) {
        self.init(time: Timeline(clock: clock, wallClock: wallClock))
    }

    /// A handle that is registered now.
    package init(time: any TimeSource) {
        self.time = time
        state = Mutex(State(registration: (time.moment, time.timestamp)))
    }

    /// Goes on with what an earlier process knew; a time in the future counts as now, and is kept: the clock may not be set yet.
    ///
    /// A beat that came meanwhile is kept.
    package func restore(_ old: RememberedState.Heartbeat) {
        let (now, timestamp) = (time.moment, time.timestamp)
        let past = { (then: Timestamp) in
            let moment = now.advanced(by: .zero - max(.zero, then.duration(to: timestamp)))
            return (moment: moment, timestamp: then)
        }
        state.withLock { state in
            state.registration = past(old.registered)
            guard state.last == nil, let then = old.lastReport.map(past) else { return }
            state.last = Beat(
                moment: then.moment,
                timestamp: then.timestamp,
                status: Status(rawValue: old.status) ?? .healthy,
                message: old.message
            )
        }
    }

    /// What a later process is to know.
    package var remembered: RememberedState.Heartbeat {
        state.withLock { state in
            RememberedState.Heartbeat(
                registered: state.registration.timestamp,
                lastReport: state.last?.timestamp,
                status: (state.last?.status ?? .healthy).rawValue,
                message: state.last?.message ?? ""
            )
        }
    }

    /// The worker lives; `status` and `message` are what it says of itself.
    public func beat(_ status: Status = .healthy, message: String = "") {
        let beat = Beat(
            moment: time.moment,
            timestamp: time.timestamp,
            status: status,
            message: message.cut(toBytes: Self.maximumMessageBytes)
        )
        state.withLock { $0.last = beat }
    }

    /// Since when it is waited for.
    package var registration: (moment: Moment, timestamp: Timestamp) { state.withLock { $0.registration } }

    /// The last beat; nil when it has never beaten.
    package var lastBeat: Beat? { state.withLock { $0.last } }

    /// How long ago a moment was.
    func age(of moment: Moment) -> Duration { moment.duration(to: time.moment) }
}
