import HealthCore

/// Compares the state of a server with the settings of a check.
struct PostgresEvaluation: Sendable {
    /// The thresholds, and the expected version.
    let settings: PostgresSettings
    /// Quotes versions in messages.
    let seen: SeenText

    private struct Finding {
        let verdict: CheckReport.Verdict
        var message = ""
        var measured: [MeasuredValue] = []
    }

    /// The worst finding decides; the first of several equally bad ones gives the message.
    func report(on state: PostgresState) -> CheckReport {
        let findings = [
            connections(state.connections), replication(state.replication, lag: state.lag), schema(state.schema),
        ].compactMap(\.self)
        let worst = CheckReport.Verdict.worst(findings.map(\.verdict))
        let message = findings.first { $0.verdict == worst && worst != .success }?.message
        return CheckReport(
            worst,
            message ?? "the query was answered",
            measured: findings.flatMap(\.measured),
            details: state.refusals.map { .init("not told", $0) }
        )
    }

    private func connections(_ count: PostgresConnectionCount?) -> Finding? {
        guard let count else { return settings.connectionsUsed != nil ? Self.unreadable("connections") : nil }
        let thresholds = settings.connectionsUsed ?? PostgresSettings.defaultConnectionsUsed
        return Finding(
            verdict: thresholds.evaluate(count.ratio),
            message: "\(Int(saturating: count.used)) of \(Int(saturating: count.limit)) connections are used",
            measured: [
                MeasuredValue(PostgresMeasurements.used, count.used),
                MeasuredValue(PostgresMeasurements.limit, count.limit),
                MeasuredValue(PostgresMeasurements.usedRatio, count.ratio),
            ]
        )
    }

    /// An answer that a key of the check needs has another form than its query gives it.
    private static func unreadable(_ subject: String) -> Finding {
        Finding(
            verdict: .failure(.protocolError),
            message: "the server's answer about its \(subject) has another form"
        )
    }

    private func replication(_ replication: PostgresReplication?, lag: Double?) -> Finding? {
        let thresholds = settings.replicationLag
        guard let replication else { return thresholds == nil ? nil : Self.unreadable("replication") }
        let measured = lag.map { [MeasuredValue(PostgresMeasurements.lag, $0)] } ?? []
        if replication.isStandby, !replication.isStreaming {
            return Finding(
                verdict: thresholds == nil ? .success : .failure(.notServing),
                message: "the standby does not stream from its primary",
                measured: measured
            )
        }
        if !replication.isStandby, replication.standbys != replication.visibleStandbys {
            return Finding(
                verdict: thresholds == nil ? .success : .failure(.authentication),
                message: "the user \(settings.server.user) may not look at replication; grant it pg_monitor"
            )
        }
        guard let lag else { return nil }
        return Finding(
            verdict: thresholds?.evaluate(Duration(secondsOf: lag)) ?? .success,
            message: "\(lag) s behind",
            measured: measured
        )
    }

    private func schema(_ schema: PostgresSchemaVersion?) -> Finding? {
        guard let migration = settings.migration else { return nil }
        guard let schema else { return Self.unreadable("versions") }
        if schema.isPresent { return Finding(verdict: .success) }
        let newest = seen.cut(schema.newest ?? "none")
        return Finding(
            verdict: .failure(.assertion),
            message: "the schema has no version \(migration.expected); its last is \(newest)"
        )
    }
}
