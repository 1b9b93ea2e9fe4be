import HealthCore
import Synchronization

/// The period of the pings that a replica gets, kept for five minutes.
final class RedisPingPeriod: Sendable {
    private static let maximumAge = Duration.seconds(300)

    private let time: any TimeSource
    private let state = Mutex<(seconds: Double, since: Moment)?>(nil)

    /// - Parameter time: the clock of the age.
    init(time: any TimeSource) {
        self.time = time
    }

    /// Seconds; nil when it must be queried.
    var known: Double? {
        state.withLock { state in
            state.flatMap { $0.since.duration(to: time.moment) < Self.maximumAge ? $0.seconds : nil }
        }
    }

    /// Keeps what the server answered, or the default when it did not; returns it.
    func record(_ seconds: Double) -> Double {
        state.withLock { $0 = (seconds, time.moment) }
        return seconds
    }
}
