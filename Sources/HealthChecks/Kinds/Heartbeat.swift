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
        package var moment: Moment
        package var timestamp: Timestamp
        package var status = Status.healthy
        package var message = ""
        package var isRegistration = false
    }

    /// A message is cut to this many bytes.
    public static let maximumMessageBytes = 1024

    private let last: Mutex<Beat>
    private let time: any TimeSource

    /// A handle for code of this process, which gives it to a ``HeartbeatCheck``.
    ///
    /// Counts as a beat, so that a worker has its time to start.
    public convenience init(clock: some Clock<Duration>, wallClock: any WallClock) {
        self.init(time: Timeline(clock: clock, wallClock: wallClock))
    }

    /// Registration counts as a beat, so that a worker has its time to start.
    package init(time: any TimeSource) {
        self.time = time
        last = Mutex(Beat(moment: time.moment, timestamp: time.timestamp, isRegistration: true))
    }

    /// The worker lives; `status` and `message` are what it says of itself.
    public func beat(_ status: Status = .healthy, message: String = "") {
        let beat = Beat(
            moment: time.moment,
            timestamp: time.timestamp,
            status: status,
            message: message.cut(toBytes: Self.maximumMessageBytes)
        )
        last.withLock { $0 = beat }
    }

    package var lastBeat: Beat { last.withLock { $0 } }

    /// How long ago the last beat was.
    var age: Duration { lastBeat.moment.duration(to: time.moment) }
}
