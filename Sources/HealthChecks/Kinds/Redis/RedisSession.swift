import HealthCore

/// The commands of a check on an open connection.
struct RedisSession {
    /// The user, the database, and the keys that need fields of INFO.
    let settings: RedisSettings
    /// Of the server, as earlier runs read it.
    let pingPeriod: RedisPingPeriod
    /// The open connection.
    let stream: ByteStream

    /// Logs in, selects the database, sends PING, and reads what the server says of itself.
    func state() async throws -> RedisState {
        let server = settings.server
        if let password = settings.password {
            try await expectOK(["AUTH"] + (server.user.map { [$0] } ?? []) + [password])
        }
        if server.database > 0 { try await expectOK(["SELECT", String(server.database)]) }
        try await ping()
        var state = try await info()
        state.pingPeriod = try await pingPeriod(of: state.info)
        return state
    }

    private func ping() async throws {
        guard case .simple("PONG") = try await call(["PING"]) else {
            throw CheckFailure(.protocolError, "the answer to PING is not PONG")
        }
    }

    private func expectOK(_ command: [String]) async throws {
        guard case .simple("OK") = try await call(command) else {
            throw CheckFailure(.protocolError, "the answer to \(command[0]) is not OK")
        }
    }

    /// The fields of INFO, or why the server refuses it.
    ///
    /// Some users may only PING: without a key that needs INFO, its refusal is no failure. A malformed answer is one.
    private func info() async throws -> RedisState {
        let needed = neededFields
        switch try await answer(to: ["INFO"]) {
        case .error(let text):
            let failure = RedisReasons.failure(of: text, answering: "INFO")
            guard needed.isEmpty, [.authentication, .protocolError].contains(failure.reason) else { throw failure }
            return RedisState(info: RedisInfo([]), refusal: failure.message)
        case .bulk(let bytes?):
            let info = RedisInfo(bytes)
            guard !info.isEmpty else { throw CheckFailure(.protocolError, "the answer to INFO has no fields") }
            let needsLink = info.role == "replica" && settings.replicationLag != nil
            if let missing = info.missing(of: needed + (needsLink ? ["master_link_status"] : [])) {
                throw CheckFailure(.protocolError, "the answer to INFO has no \(missing)")
            }
            return RedisState(info: info)
        default: throw CheckFailure(.protocolError, "the answer to INFO is no bulk string")
        }
    }

    /// The fields of INFO that the keys of this check depend on.
    private var neededFields: [Substring] {
        let needsRole = settings.role != nil || settings.replicationLag != nil
        return (settings.memoryUsed == nil ? [] : ["used_memory"]) + (needsRole ? ["role"] : [])
    }

    /// The configured period of the server's pings; queried only where it decides.
    ///
    /// Many users may not read the configuration: then the default applies.
    private func pingPeriod(of info: RedisInfo) async throws -> Double {
        // One second is the shortest period that a server can have.
        guard let silence = info.silence, silence > 1 else { return RedisInfo.defaultPingPeriod }
        if let known = pingPeriod.known { return known }
        var period: Double?
        switch try await answer(to: ["CONFIG", "GET", "repl-ping-replica-period"], allowsArray: true) {
        case .array(let elements):
            if elements.count == 2, case .bulk(let bytes?) = elements[1] {
                period = Double(String(decoding: bytes, as: UTF8.self))
            }
        case .error: break
        default: throw CheckFailure(.protocolError, "the answer to CONFIG GET is no array")
        }
        return pingPeriod.record(period.flatMap { $0.isFinite && $0 > 0 ? $0 : nil } ?? RedisInfo.defaultPingPeriod)
    }

    /// The answer to a command; throws for an error of the server.
    private func call(_ command: [String]) async throws -> RESPValue {
        let answer = try await answer(to: command)
        if case .error(let text) = answer { throw RedisReasons.failure(of: text, answering: command[0]) }
        return answer
    }

    /// The whole answer to a command; an error of the server is one, too.
    private func answer(to command: [String], allowsArray: Bool = false) async throws -> RESPValue {
        try await stream.write(RESPReader.command(command))
        while true {
            switch RESPReader.read(stream.buffer, allowsArray: allowsArray) {
            case .needsMore: try await stream.more()
            case .invalid(let what): throw CheckFailure(.protocolError, "no Redis answer to \(command[0]): \(what)")
            case .value(let value, let length):
                stream.consume(length)
                return value
            }
        }
    }
}
