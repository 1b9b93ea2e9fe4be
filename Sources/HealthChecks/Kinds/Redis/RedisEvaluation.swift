import HealthCore

/// Compares the state of a server with the settings of a check.
struct RedisEvaluation: Sendable {
    /// The role and the thresholds.
    let settings: RedisSettings
    /// Quotes versions in messages.
    let seen: SeenText

    private typealias Finding = (verdict: CheckReport.Verdict, message: String)

    /// The worst finding decides; the first of several equally bad ones gives the message.
    func report(on state: RedisState) -> CheckReport {
        let (info, lag) = (state.info, state.info.replicationLag(pingPeriod: state.pingPeriod))
        let findings = [role(info), memory(info), replication(info, lag: lag)].compactMap(\.self)
        let worst = CheckReport.Verdict.worst(findings.map(\.verdict))
        let message = findings.first { $0.verdict == worst && worst != .success }?.message
        let identity = identity(info)
        let summary = (["PONG"] + identity.map { "\($0.name) \($0.value)" }).joined(separator: ", ")
        return CheckReport(
            worst,
            message ?? summary,
            measured: measured(info, lag: lag),
            details: identity + (state.refusal.map { [.init("not told", $0)] } ?? [])
        )
    }

    private func measured(_ info: RedisInfo, lag: Double?) -> [MeasuredValue] {
        let values = [
            (RedisMeasurements.clients, info.number("connected_clients")),
            (RedisMeasurements.memory, info.number("used_memory")),
            (RedisMeasurements.memoryRatio, info.memoryRatio),
            (RedisMeasurements.lag, lag),
        ]
        return values.compactMap { measurement, value in value.map { MeasuredValue(measurement, $0) } }
    }

    /// Role and version; relatives of Redis that answer PING may have neither.
    private func identity(_ info: RedisInfo) -> [CheckReport.Detail] {
        [("role", info.role), ("version", seen.cut(info.version))].filter { $0.1 != "unknown" }
            .map { CheckReport.Detail($0.0, $0.1) }
    }

    private func role(_ info: RedisInfo) -> Finding? {
        guard let role = settings.role, info.role != role.rawValue else { return nil }
        return (.failure(.assertion), "the server is \(info.role), not \(role.rawValue)")
    }

    private func memory(_ info: RedisInfo) -> Finding? {
        guard let thresholds = settings.memoryUsed, let ratio = info.memoryRatio else { return nil }
        return (thresholds.evaluate(ratio), "\(Int(saturating: (ratio * 100).rounded())) % of maxmemory used")
    }

    private func replication(_ info: RedisInfo, lag: Double?) -> Finding? {
        guard let thresholds = settings.replicationLag else { return nil }
        if info.role == "replica", !info.isLinkUp {
            return (.failure(.notServing), "the link to the primary is down")
        }
        return lag.map { (thresholds.evaluate(Duration(secondsOf: $0)), "\($0) s behind") }
    }
}
