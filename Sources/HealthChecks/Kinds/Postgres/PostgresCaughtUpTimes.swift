import HealthCore
import Synchronization

/// The moment at which a check last saw each standby caught up; kept from run to run.
final class PostgresCaughtUpTimes: Sendable {
    /// More addresses than the name of one server has.
    private static let limit = 64

    private let moments = Mutex<[String: Moment]>([:])

    /// The lag in seconds of the server at an address; records it when it is a standby that is caught up, and forgets one that
    /// is a primary now.
    func lag(of address: String, _ replication: PostgresReplication, at now: Moment) -> Double? {
        moments.withLock { moments in
            if !replication.isStandby { moments[address] = nil }
            if replication.isCaughtUp {
                if moments.count >= Self.limit { moments = [:] }
                moments[address] = now
            }
            return replication.lag(sinceCaughtUp: moments[address]?.duration(to: now))
        }
    }
}
