import HealthCore

/// The replication of a server: the row of ``PostgresStatements/replication``.
struct PostgresReplication: Sendable, Equatable {
    /// Whether it is a standby, and no primary.
    let isStandby: Bool
    /// Whether a standby streams from its primary.
    let isStreaming: Bool
    /// Whether a standby has replayed all that it received.
    let hasReplayedAll: Bool
    /// Seconds since a standby replayed a transaction; nil when it never has.
    let sinceReplay: Double?
    /// The standbys of a primary, and how many of them this user may see.
    let standbys: Double?
    /// How many of ``standbys`` this user may see; fewer than all without pg_read_all_stats.
    let visibleStandbys: Double?
    /// Of a primary's standbys, in seconds.
    let largestLag: Double?

    /// Nil for a row of another form.
    init?(_ row: PostgresRow) {
        guard row.count == 7 else { return nil }
        (isStandby, isStreaming, hasReplayedAll) = (row.isTrue(0), (row.number(1) ?? 0) > 0, row.isTrue(2))
        (sinceReplay, standbys, visibleStandbys, largestLag) =
            (row.number(3), row.number(4), row.number(5), row.number(6))
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
