import HealthCore

/// Asks a Redis server whether it answers, and how full and how far behind it is.
struct RedisCheck: HealthCheck {
    /// Where a server stands in its replication.
    enum Role: String, CaseIterable {
        case master, replica
    }

    let connector: Connector
    let target: RedisTarget
    let version: IPVersion
    let password: String?
    let tls: TLSClient
    let memoryUsed: ThresholdPair<Double>?
    let role: Role?
    let replicationLag: ThresholdPair<Duration>?

    static let clients = Measurement(
        name: "health_redis_connected_clients",
        help: "Connected clients, this one included."
    )
    static let memory = Measurement(
        name: "health_redis_memory_used_bytes",
        help: "Memory used by the server (used_memory)."
    )
    static let memoryRatio = Measurement(
        name: "health_redis_memory_used_ratio",
        help: "Memory used over maxmemory; absent without a limit."
    )
    static let lag = Measurement(
        name: "health_redis_replication_lag_seconds",
        help: "On a replica the time since it heard of its primary, on a primary the largest lag of its replicas."
    )

    var measurements: [Measurement] {
        let known = [Self.clients, Self.memory, Self.memoryRatio, Self.lag]
        return target.isEncrypted ? known + [CertificateRecord.notAfter] : known
    }
    var connects: Bool { true }

    func run(_ context: RunContext) async throws -> CheckReport {
        try await tls.judged { tls in
            let destination = Connector.Target(host: target.host, port: target.port, version: version)
            return try await connector.withStream(to: destination, tls: target.isEncrypted ? tls : nil, context) {
                stream in
                if let password {
                    try await expectOK(["AUTH"] + (target.user.map { [$0] } ?? []) + [password], stream)
                }
                if target.database > 0 { try await expectOK(["SELECT", String(target.database)], stream) }
                try await ping(stream)
                let report = judge(try await info(stream))
                context.phases.finish()
                return report
            }
        }
    }

    private func ping(_ stream: ByteStream) async throws {
        guard case .simple("PONG") = try await ask(["PING"], stream) else {
            throw CheckFailure(.protocolError, "the answer to PING is not PONG")
        }
    }

    private func expectOK(_ words: [String], _ stream: ByteStream) async throws {
        guard case .simple("OK") = try await ask(words, stream) else {
            throw CheckFailure(.protocolError, "the answer to \(words[0]) is not OK")
        }
    }

    /// Some users may only PING: without a key that needs INFO, its refusal is no failure.
    private func info(_ stream: ByteStream) async throws -> RedisInfo {
        let isNeeded = memoryUsed != nil || role != nil || replicationLag != nil
        let answer: RESPValue
        do {
            answer = try await ask(["INFO"], stream)
        } catch let failure as CheckFailure
            where !isNeeded && [.authentication, .protocolError].contains(failure.reason)
        {
            return RedisInfo([])
        }
        guard case .bulk(let bytes?) = answer else {
            throw CheckFailure(.protocolError, "the answer to INFO is no bulk string")
        }
        return RedisInfo(bytes)
    }

    private func ask(_ words: [String], _ stream: ByteStream) async throws -> RESPValue {
        try await stream.write(RESPReader.command(words))
        while true {
            switch RESPReader.read(stream.buffer) {
            case .needsMore: try await stream.more()
            case .invalid(let what): throw CheckFailure(.protocolError, "no Redis answer to \(words[0]): \(what)")
            case .value(.error(let text), let length):
                stream.consume(length)
                throw Self.failure(text, asked: words[0])
            case .value(let value, let length):
                stream.consume(length)
                return value
            }
        }
    }

    /// What an error means by its first word (redis.io, "Redis protocol specification", simple errors).
    static func failure(_ text: String, asked command: String) -> CheckFailure {
        let code = text.prefix { $0 != " " }
        let message = "\(command) was answered with \(text)"
        switch code {
        case "NOAUTH", "WRONGPASS", "NOPERM", "DENIED": return CheckFailure(.authentication, message)
        case "LOADING", "MASTERDOWN", "BUSY", "READONLY", "CLUSTERDOWN", "NOREPLICAS", "TRYAGAIN", "MISCONF":
            return CheckFailure(.notServing, message)
        case "ERR" where text.contains("max number of clients"): return CheckFailure(.notServing, message)
        case "ERR" where command == "AUTH": return CheckFailure(.authentication, message)
        default: return CheckFailure(.protocolError, message)
        }
    }

    /// What the server's own numbers mean.
    func judge(_ info: RedisInfo) -> CheckReport {
        var measured: [MeasuredValue] = []
        if let clients = info.number("connected_clients") { measured.append(MeasuredValue(Self.clients, clients)) }
        if let used = info.number("used_memory") { measured.append(MeasuredValue(Self.memory, used)) }
        if let ratio = info.memoryRatio { measured.append(MeasuredValue(Self.memoryRatio, ratio)) }
        let lag = info.replicationLag
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
        return CheckReport(
            worst,
            message ?? "PONG from a \(info.role), version \(info.version)",
            measured: measured,
            details: [.init("version", info.version), .init("role", info.role)]
        )
    }

    static let kind = CheckKind(
        name: "redis",
        summary: "Asks a Redis or Valkey server.",
        keys: [
            SettingKey("url", .url(["redis", "rediss"]), "redis://[user@]host[:port][/database].", required: true),
            SettingKey(
                "password",
                .text(maximum: 8192),
                "The password, of the user in the url if there is one.",
                secret: true
            ),
            SettingKey("memory_used", .thresholds(.ratio), "Memory used over maxmemory, when the server has one."),
            SettingKey("role", .choice(Role.allCases.map(\.rawValue)), "What the server must be."),
            SettingKey("replication_lag", .thresholds(.duration), "How far behind it or its replicas may be."),
            SettingKey("tls", .object(TLSOptions.keys), "TLS to a rediss url."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let (password, tls) = (reader.secret("password"), resources.tlsClient(reader))
        let (memoryUsed, role) = (reader.ratioThresholds("memory_used"), reader.choice("role") as Role?)
        let replicationLag = reader.durationThresholds("replication_lag")
        let version: IPVersion = reader.choice("ip") ?? .auto
        guard let target = reader.redisTarget("url") else { return nil }
        if reader.has("tls"), !target.isEncrypted { reader.problem("tls", "has no effect: the url is not rediss://") }
        if target.user != nil, !reader.has("password") {
            reader.problem("url", "a user needs a `password`")
        }
        return RedisCheck(
            connector: resources.connector,
            target: target,
            version: version,
            password: password,
            tls: tls,
            memoryUsed: memoryUsed,
            role: role,
            replicationLag: replicationLag
        )
    }
}
