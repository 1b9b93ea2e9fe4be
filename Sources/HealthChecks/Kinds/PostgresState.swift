import HealthCore

/// What a server said of itself; empty where it was not asked, or did not know an answer that nobody depends on.
struct PostgresState: Sendable {
    /// The row of ``PostgresQueries/connections``.
    var connections: [String?] = []
    /// The row of ``PostgresQueries/replication``.
    var replication: [String?] = []
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
            judgeConnections(state.connections), judgeReplication(state.replication), judgeMigration(state.migration),
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
            return nil
        }
        let measured = [
            MeasuredValue(Self.used, used), MeasuredValue(Self.limit, limit),
            MeasuredValue(Self.usedRatio, used / limit),
        ]
        let message = "\(Int(saturating: used)) of \(Int(saturating: limit)) connections are used"
        return (connectionsUsed.judge(used / limit), message, measured)
    }

    private func judgeReplication(_ row: [String?]) -> Finding? {
        guard row.count == 6 else { return nil }
        let isStandby = row[0] == "t"
        if isStandby, Self.number(row, 1) == 0 {
            let lag = Self.number(row, 2).map { [MeasuredValue(Self.lag, max(0, $0))] }
            let verdict: CheckReport.Verdict = replicationLag == nil ? .success : .failure(.notServing)
            return (verdict, "the standby does not stream from its primary", lag ?? [])
        }
        if !isStandby, Self.number(row, 3) != Self.number(row, 4) {
            let verdict: CheckReport.Verdict = replicationLag == nil ? .success : .failure(.authentication)
            return (verdict, "the user may not look at replication; grant it pg_monitor", [])
        }
        // A primary without standbys has no lag, and a standby that never replayed a transaction knows none.
        guard let lag = isStandby ? Self.number(row, 2) : Self.number(row, 3) == 0 ? nil : Self.number(row, 5) else {
            return nil
        }
        // A standby's clock may be behind its primary's.
        let seconds = max(0, lag)
        let verdict = replicationLag?.judge(Duration(secondsOf: seconds)) ?? .success
        return (verdict, "\(seconds) s behind", [MeasuredValue(Self.lag, seconds)])
    }

    private func judgeMigration(_ row: [String?]) -> Finding? {
        guard let migration, row.count == 2 else { return nil }
        if let count = Self.number(row, 0), count > 0 { return (.success, "", []) }
        let newest = (row[1] ?? "none").cutForDisplay
        return (.failure(.assertion), "the schema has no version \(migration.expected); its last is \(newest)", [])
    }

    private static func number(_ row: [String?], _ index: Int) -> Double? {
        guard row.indices.contains(index) else { return nil }
        return row[index].flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil }
    }
}
