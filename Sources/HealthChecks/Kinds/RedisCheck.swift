import HealthCore

/// Asks a Redis server whether it answers, and how full and how far behind it is.
struct RedisCheck: HealthCheck {
    /// Where a server stands in its replication.
    enum Role: String, CaseIterable {
        case master, replica
    }

    let connector: Connector
    let server: RedisTarget
    let version: IPVersion
    let password: String?
    let tls: TLSClient
    let memoryUsed: ThresholdPair<Double>?
    let role: Role?
    let replicationLag: ThresholdPair<Duration>?
    let pingPeriods: RedisPingPeriod
    let seen: SeenText

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
        help:
            "How long a replica has missed its primary's pings, else 0; on a primary the largest lag of its replicas."
    )

    var measurements: [Measurement] {
        let known = [Self.clients, Self.memory, Self.memoryRatio, Self.lag]
        return server.isEncrypted ? known + [CertificateRecord.notAfter] : known
    }
    var connects: Bool { true }
    var target: String? { server.description }

    func run(_ context: RunContext) async throws -> CheckReport {
        let destination = Connector.Target(host: server.host, port: server.port, version: version)
        do {
            return try await tls.judged { tls in
                try await connector.withStream(to: destination, tls: server.isEncrypted ? tls : nil, context) {
                    stream in
                    try await talk(stream, context)
                }
            }
        } catch let failure as CheckFailure {
            throw failure.naming(destination.address)
        }
    }

    private func talk(_ stream: ByteStream, _ context: RunContext) async throws -> CheckReport {
        if let password {
            try await expectOK(["AUTH"] + (server.user.map { [$0] } ?? []) + [password], stream)
        }
        if server.database > 0 { try await expectOK(["SELECT", String(server.database)], stream) }
        try await ping(stream)
        let (info, refusal) = try await info(stream)
        let period = try await pingPeriod(info, stream)
        context.phases.finish()
        return judge(info, pingPeriod: period, refusal: refusal)
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

    /// What the server says of itself, or why it does not.
    ///
    /// Some users may only PING: without a key that needs INFO, its refusal is no failure. An answer that is broken is one.
    private func info(_ stream: ByteStream) async throws -> (RedisInfo, refusal: String?) {
        let needed = needed
        switch try await answer(["INFO"], stream) {
        case .error(let text):
            let failure = Self.failure(text, asked: "INFO")
            guard needed.isEmpty, [.authentication, .protocolError].contains(failure.reason) else { throw failure }
            return (RedisInfo([]), failure.message)
        case .bulk(let bytes?):
            let info = RedisInfo(bytes)
            guard !info.isEmpty else { throw CheckFailure(.protocolError, "the answer to INFO has no fields") }
            let further: [Substring] = info.role == "replica" && replicationLag != nil ? ["master_link_status"] : []
            if let missing = info.missing(of: needed + further) {
                throw CheckFailure(.protocolError, "the answer to INFO has no \(missing)")
            }
            return (info, nil)
        default: throw CheckFailure(.protocolError, "the answer to INFO is no bulk string")
        }
    }

    /// The fields of INFO that the keys of this check can't do without.
    private var needed: [Substring] {
        (memoryUsed == nil ? [] : ["used_memory"]) + (role == nil && replicationLag == nil ? [] : ["role"])
    }

    /// Asked for only where it makes a difference; users who may not ask are normal.
    private func pingPeriod(_ info: RedisInfo, _ stream: ByteStream) async throws -> Double {
        // One second is the shortest period there is.
        guard let silence = info.silence, silence > 1 else { return RedisInfo.defaultPingPeriod }
        if let known = pingPeriods.known { return known }
        var period: Double?
        switch try await answer(["CONFIG", "GET", "repl-ping-replica-period"], stream, takesArrays: true) {
        case .array(let elements):
            if elements.count == 2, case .bulk(let bytes?) = elements[1] {
                period = Double(String(decoding: bytes, as: UTF8.self))
            }
        case .error: break
        default: throw CheckFailure(.protocolError, "the answer to CONFIG GET is no array")
        }
        return pingPeriods.record(period.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } ?? RedisInfo.defaultPingPeriod)
    }

    private func ask(_ words: [String], _ stream: ByteStream) async throws -> RESPValue {
        let answer = try await answer(words, stream)
        if case .error(let text) = answer { throw Self.failure(text, asked: words[0]) }
        return answer
    }

    /// The whole of an answer, an error of the server's included.
    private func answer(
        _ words: [String],
        _ stream: ByteStream,
        takesArrays: Bool = false
    ) async throws -> RESPValue {
        try await stream.write(RESPReader.command(words))
        while true {
            switch RESPReader.read(stream.buffer, takesArrays: takesArrays) {
            case .needsMore: try await stream.more()
            case .invalid(let what): throw CheckFailure(.protocolError, "no Redis answer to \(words[0]): \(what)")
            case .value(let value, let length):
                stream.consume(length)
                return value
            }
        }
    }
}
