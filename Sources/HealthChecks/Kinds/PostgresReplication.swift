import HealthCore
import Synchronization

/// Where a server stands in its replication: the row of ``PostgresQueries/replication``.
struct PostgresReplication: Sendable, Equatable {
    let isStandby: Bool
    /// Whether a standby streams from its primary.
    let isStreaming: Bool
    /// Whether a standby has replayed all that it received.
    let hasReplayedAll: Bool
    /// Seconds since a standby replayed a transaction; nil when it never has.
    let sinceReplay: Double?
    /// The standbys of a primary, and how many of them this user may look at.
    let standbys: Double?
    let visibleStandbys: Double?
    /// Of a primary's standbys, in seconds.
    let largestLag: Double?

    init?(_ row: [String?]) {
        guard row.count == 7 else { return nil }
        func number(_ index: Int) -> Double? {
            row[index].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
        }
        (isStandby, isStreaming, hasReplayedAll) = (row[0] == "t", (number(1) ?? 0) > 0, row[2] == "t")
        (sinceReplay, standbys, visibleStandbys, largestLag) = (number(3), number(4), number(5), number(6))
    }

    /// Whether a standby has all that its primary has, as far as it can know.
    var isCaughtUp: Bool { isStandby && isStreaming && hasReplayedAll }

    /// Seconds; nil on a primary without standbys, and on a standby of which nothing is known.
    ///
    /// The time since the last replay alone says nothing: on a quiet database it is long when there is nothing to replay, too.
    /// - Parameter sinceCaughtUp: how long ago the standby was last seen caught up; nil when it never was.
    func lag(sinceCaughtUp: Duration?) -> Double? {
        guard isStandby else { return (standbys ?? 0) > 0 ? largestLag.map { max(0, $0) } : nil }
        if isCaughtUp { return 0 }
        // A standby's clock may be behind its primary's.
        return [sinceReplay, sinceCaughtUp?.seconds].compactMap(\.self).min().map { max(0, $0) }
    }
}

/// When a check last saw each standby caught up; as old as the check.
final class PostgresCaughtUpTimes: Sendable {
    /// More addresses than a name has that a check should be of.
    private static let limit = 64

    private let moments = Mutex<[String: Moment]>([:])

    /// The lag of the standby at an address, which is remembered when it is caught up, and forgotten when it is none any more.
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
