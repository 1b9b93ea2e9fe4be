import HealthCore

/// What a server said of itself; empty where it was not asked, or did not know an answer that nobody depends on.
struct PostgresState: Sendable {
    /// The row of ``PostgresQueries/connections``.
    var connections: [String?] = []
    /// Where it stands in its replication, and how far it or its standbys are behind, in seconds.
    var replication: PostgresReplication?
    var lag: Double?
    /// The row of ``PostgresQueries/migration(table:column:)``.
    var migration: [String?] = []
    /// Why it has no answer about these.
    var untold: [CheckReport.Detail] = []
}

extension PostgresCheck {
    private typealias Finding = (verdict: CheckReport.Verdict, message: String, measured: [MeasuredValue])

    /// What a server's numbers mean.
    func judge(_ state: PostgresState) -> CheckReport {
        let findings = [
            judgeConnections(state.connections), judgeReplication(state.replication, lag: state.lag),
            judgeMigration(state.migration),
        ].compactMap(\.self)
        let worst = CheckReport.Verdict.worst(findings.map(\.verdict))
        let message = findings.first { $0.verdict == worst && worst != .success }?.message
        return CheckReport(
            worst,
            message ?? "the query was answered",
            measured: findings.flatMap(\.measured),
            details: state.untold
        )
    }

    private func judgeConnections(_ row: [String?]) -> Finding? {
        guard let used = Self.number(row, 0), let limit = Self.number(row, 1), limit > 0 else {
            return needsConnections ? Self.unreadable("connections") : nil
        }
        let measured = [
            MeasuredValue(Self.used, used), MeasuredValue(Self.limit, limit),
            MeasuredValue(Self.usedRatio, used / limit),
        ]
        let message = "\(Int(saturating: used)) of \(Int(saturating: limit)) connections are used"
        return (connectionsUsed.judge(used / limit), message, measured)
    }

    /// What was asked for and didn't come as it was asked for.
    private static func unreadable(_ what: String) -> Finding {
        (.failure(.protocolError), "the server's answer about its \(what) has another form", [])
    }

    private func judgeReplication(_ replication: PostgresReplication?, lag: Double?) -> Finding? {
        guard let replication else { return replicationLag == nil ? nil : Self.unreadable("replication") }
        let measured = lag.map { [MeasuredValue(Self.lag, $0)] } ?? []
        if replication.isStandby, !replication.isStreaming {
            let verdict: CheckReport.Verdict = replicationLag == nil ? .success : .failure(.notServing)
            return (verdict, "the standby does not stream from its primary", measured)
        }
        if !replication.isStandby, replication.standbys != replication.visibleStandbys {
            let verdict: CheckReport.Verdict = replicationLag == nil ? .success : .failure(.authentication)
            return (verdict, "the user \(server.user) may not look at replication; grant it pg_monitor", [])
        }
        guard let lag else { return nil }
        let verdict = replicationLag?.judge(Duration(secondsOf: lag)) ?? .success
        return (verdict, "\(lag) s behind", measured)
    }

    private func judgeMigration(_ row: [String?]) -> Finding? {
        guard let migration else { return nil }
        guard row.count == 2, let count = Self.number(row, 0) else { return Self.unreadable("versions") }
        if count > 0 { return (.success, "", []) }
        let newest = seen.cut(row[1] ?? "none")
        return (.failure(.assertion), "the schema has no version \(migration.expected); its last is \(newest)", [])
    }

    private static func number(_ row: [String?], _ index: Int) -> Double? {
        guard row.indices.contains(index) else { return nil }
        return row[index].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
}
