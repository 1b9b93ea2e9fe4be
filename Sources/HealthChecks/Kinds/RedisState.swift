import HealthCore
import Synchronization

extension RedisCheck {
    /// What an error means by its first word (redis.io, "Redis protocol specification", simple errors).
    static func failure(_ text: String, asked command: String) -> CheckFailure {
        let code = text.prefix { $0 != " " }
        let message = "\(command) was answered with \(text)"
        switch code {
        case "NOPERM":
            return CheckFailure(.authentication, "\(message); allow the user +\(command.lowercased()) (ACL SETUSER)")
        case "NOAUTH", "WRONGPASS", "DENIED": return CheckFailure(.authentication, message)
        case "LOADING", "MASTERDOWN", "BUSY", "READONLY", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "MISCONF":
            return CheckFailure(.notServing, message)
        case "ERR" where text.contains("max number of clients"): return CheckFailure(.notServing, message)
        case "ERR" where command == "AUTH": return CheckFailure(.authentication, message)
        default: return CheckFailure(.protocolError, message)
        }
    }

    /// What the server's own numbers mean.
    func judge(
        _ info: RedisInfo,
        pingPeriod: Double = RedisInfo.defaultPingPeriod,
        refusal: String? = nil
    ) -> CheckReport {
        var measured: [MeasuredValue] = []
        if let clients = info.number("connected_clients") { measured.append(MeasuredValue(Self.clients, clients)) }
        if let used = info.number("used_memory") { measured.append(MeasuredValue(Self.memory, used)) }
        if let ratio = info.memoryRatio { measured.append(MeasuredValue(Self.memoryRatio, ratio)) }
        let lag = info.replicationLag(pingPeriod: pingPeriod)
        if let lag { measured.append(MeasuredValue(Self.lag, lag)) }

        var findings: [(verdict: CheckReport.Verdict, message: String)] = []
        if let role, info.role != role.rawValue {
            findings.append((.failure(.assertion), "the server is \(info.role), not \(role.rawValue)"))
        }
        if let memoryUsed, let ratio = info.memoryRatio {
            findings.append(
                (memoryUsed.judge(ratio), "\(Int(saturating: (ratio * 100).rounded())) % of maxmemory used")
            )
        }
        if let replicationLag {
            if info.role == "replica", !info.isLinkUp {
                findings.append((.failure(.notServing), "the link to the primary is down"))
            } else if let lag {
                findings.append((replicationLag.judge(Duration(secondsOf: lag)), "\(lag) s behind"))
            }
        }
        let worst = CheckReport.Verdict.worst(findings.map(\.verdict))
        let message = findings.first { $0.verdict == worst && worst != .success }?.message
        // Relatives of Redis that answer PING may tell less of themselves.
        let told = [("role", info.role), ("version", seen.cut(info.version))].filter { $0.1 != "unknown" }
        let said = told.isEmpty ? "PONG" : "PONG, " + told.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        return CheckReport(
            worst,
            message ?? said,
            measured: measured,
            details: told.map { .init($0.0, $0.1) } + (refusal.map { [.init("not told", $0)] } ?? [])
        )
    }
}

/// How often a replica is pinged, asked for now and then.
final class RedisPingPeriod: Sendable {
    private static let maximumAge = Duration.seconds(300)

    private let time: any TimeSource
    private let state = Mutex<(seconds: Double, since: Moment)?>(nil)

    init(time: any TimeSource) {
        self.time = time
    }

    /// Seconds; nil when it is to be asked for.
    var known: Double? {
        state.withLock { state in
            state.flatMap { $0.since.duration(to: time.moment) < Self.maximumAge ? $0.seconds : nil }
        }
    }

    /// Keeps what was answered, or assumed when there was no answer.
    func record(_ seconds: Double) -> Double {
        state.withLock { $0 = (seconds, time.moment) }
        return seconds
    }
}
