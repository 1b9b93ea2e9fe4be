import HealthCore
import NIOCore

/// Asks a PostgreSQL server a real question, and how full, how far behind and how old its schema is.
struct PostgresCheck: HealthCheck {
    /// The version that the schema must have.
    struct Migration: Sendable {
        let table: String
        let column: String
        let expected: String
    }

    let connector: Connector
    let pool: BlockingPool
    let time: any TimeSource
    let server: PostgresTarget
    let version: IPVersion
    let password: String?
    let query: String
    /// Nil leaves TLS to the url's sslmode, unverified.
    let tls: TLSClient?
    let connectionsUsed: ThresholdPair<Double>
    /// Whether a server that does not count its connections fails.
    let needsConnections: Bool
    let replicationLag: ThresholdPair<Duration>?
    let caughtUp: PostgresCaughtUpTimes
    let migration: Migration?
    let seen: SeenText

    static let used = Measurement(name: "health_postgres_connections_used", help: "Client connections.")
    static let limit = Measurement(
        name: "health_postgres_connections_limit",
        help: "Client connections that there may be: max_connections without the reserved ones."
    )
    static let usedRatio = Measurement(
        name: "health_postgres_connections_used_ratio",
        help: "Client connections over their limit."
    )
    static let lag = Measurement(
        name: "health_postgres_replication_lag_seconds",
        help:
            "How far a standby is behind, 0 when it streams and all is replayed; on a primary the largest replay lag."
    )

    var measurements: [Measurement] {
        let known = [Self.used, Self.limit, Self.usedRatio, Self.lag]
        return tls == nil ? known : known + [CertificateRecord.notAfter]
    }
    var connects: Bool { true }
    var target: String? { server.description }

    func run(_ context: RunContext) async throws -> CheckReport {
        guard let tls else { return try await ask(context) }
        return try await tls.judged { connection in
            do {
                try await lookAtCertificates(connection, context)
            } catch let failure as CheckFailure {
                throw failure.naming(destination.address)
            }
            return try await ask(context)
        }
    }

    private var destination: Connector.Target {
        Connector.Target(host: server.host, port: server.port, version: version)
    }

    /// A handshake of our own, closed again: libpq tells neither dates nor what exactly is wrong with a certificate.
    private func lookAtCertificates(_ tls: TLSConnection, _ context: RunContext) async throws {
        // SSLRequest (protocol-message-formats): 8 bytes, code 80877103.
        let request: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]
        try await connector.withStream(to: destination, context) { stream in
            try await stream.write(request)
            try await stream.more()
            switch stream.buffer.first {
            case UInt8(ascii: "S"): break
            case UInt8(ascii: "N"): throw CheckFailure(.tlsProtocol, "the server does not offer TLS")
            case UInt8(ascii: "E"): throw PostgresReasons.failure(try await wholeError(stream))
            default: throw CheckFailure(.protocolError, "no PostgreSQL answer to a request for TLS")
            }
            stream.consume(1)
            do {
                try await stream.encrypt(with: tls, host: server.host)
            } catch let failure as CheckFailure where failure.reason == .protocolError {
                throw CheckFailure(.tlsProtocol, "the server agreed to TLS, and went on without it")
            }
        }
    }

    /// What a server that can't even say whether it offers TLS says instead (protocol-flow, SSL Session Encryption).
    private func wholeError(_ stream: ByteStream) async throws -> PostgresConnection.Problem {
        while true {
            switch PostgresConnection.Problem.read(stream.buffer) {
            case .needsMore: try await stream.more()
            case .whole(let problem): return problem
            case .invalid: throw CheckFailure(.protocolError, "no PostgreSQL answer to a request for TLS")
            }
        }
    }

    private func ask(_ context: RunContext) async throws -> CheckReport {
        let addresses = try await connector.addresses(of: destination, context.phases)
        let stop = StopFlag()
        context.phases.enter(.connect)
        return try await withTaskCancellationHandler {
            try await pool.run(context.phases) { try ask(addresses, context, stop) }
        } onCancel: {
            stop.set()
        }
    }

    /// On a thread for blocking calls; each address gets its share of the time to connect, the last one the rest.
    private func ask(_ addresses: [SocketAddress], _ context: RunContext, _ stop: StopFlag) throws -> CheckReport {
        let end = time.moment.advanced(by: context.timeout)
        var failure: any Error = CheckFailure(.dnsNotFound, "\(server.host) has no address")
        for (index, address) in addresses.enumerated() {
            let left = time.moment.duration(to: end)
            let isLast = index == addresses.count - 1
            // A run past its end is published already; the margin leaves the verdict to its deadline.
            let share = isLast ? left + .seconds(1) : left / (addresses.count - index)
            let limit = PostgresConnection.Limit(deadline: time.moment.advanced(by: share), stop: stop, time: time)
            do {
                return try ask(address, context, limit, until: end.advanced(by: .seconds(1)))
            } catch let error as CheckFailure {
                failure = error
                // Also an address family that this machine lacks; with ports used up the next address fails alike.
                let isAboutTheAddress = [.connectRefused, .unreachable, .connectTimeout, .internal].contains(
                    error.reason
                )
                guard isAboutTheAddress else { throw error }
            } catch is CancellationError where !isLast && !stop.isSet {
                failure = named(CheckFailure(.connectTimeout, "no answer to the connection attempt"), address)
            }
        }
        throw failure
    }

    private func ask(
        _ address: SocketAddress,
        _ context: RunContext,
        _ limit: PostgresConnection.Limit,
        until end: Moment
    ) throws -> CheckReport {
        do {
            do {
                return try talk(address, withOptions: true, context, limit, until: end)
            } catch let problem as PostgresConnection.Problem where problem.message.contains("startup parameter") {
                // A pooler that takes no options: its server's own statement_timeout has to do.
                return try talk(address, withOptions: false, context, limit, until: end)
            }
        } catch let problem as PostgresConnection.Problem {
            throw named(PostgresReasons.failure(problem), address)
        } catch let failure as CheckFailure {
            throw named(failure, address)
        }
    }

    /// A failure that says of whom it is.
    private func named(_ failure: CheckFailure, _ address: SocketAddress) -> CheckFailure {
        let target = Connector.Target(host: address.ipAddress ?? server.host, port: server.port)
        return failure.naming(target.address)
    }

    /// Names the missing grant when the server refuses a question for want of one.
    private func asking<Value>(for grant: String, _ question: () throws -> Value) throws -> Value {
        do {
            return try question()
        } catch var problem as PostgresConnection.Problem where problem.isMissingGrant {
            problem.message += "; grant \(grant) to \(server.user)"
            throw problem
        }
    }

    private func talk(
        _ address: SocketAddress,
        withOptions: Bool,
        _ context: RunContext,
        _ limit: PostgresConnection.Limit,
        until end: Moment
    ) throws -> CheckReport {
        context.phases.enter(.connect)
        var connection = try PostgresConnection(parameters(address, context, withOptions: withOptions), limit)
        try connection.open(context.phases)
        // Only connecting is shared among the addresses; who answered has the rest of the time.
        connection.extend(to: end)
        context.phases.enter(.processing)
        try asking(for: "what the query needs") { _ = try connection.query(query) }
        var state = PostgresState()
        state.migration = try askMigration(&connection)
        state.connections = try ask(
            PostgresQueries.connections,
            isNeeded: needsConnections,
            &connection,
            &state.untold
        )
        let row = try ask(PostgresQueries.replication, isNeeded: replicationLag != nil, &connection, &state.untold)
        state.replication = PostgresReplication(row)
        state.lag = state.replication.flatMap {
            caughtUp.lag(of: address.ipAddress ?? server.host, $0, at: time.moment)
        }
        context.phases.finish()
        return judge(state)
    }

    /// The row that a server answers with about itself.
    ///
    /// Relatives of PostgreSQL don't know these tables: without a threshold that depends on them, that is no failure.
    private func ask(
        _ question: String,
        isNeeded: Bool,
        _ connection: inout PostgresConnection,
        _ untold: inout [CheckReport.Detail]
    ) throws -> [String?] {
        do {
            return try asking(for: "pg_monitor") { try connection.query(question).first ?? [] }
        } catch let problem as PostgresConnection.Problem where !isNeeded && problem.state?.hasPrefix("42") == true {
            untold.append(.init("not told", problem.message))
            return []
        }
    }

    private func askMigration(_ connection: inout PostgresConnection) throws -> [String?] {
        guard let migration else { return [] }
        let question = PostgresQueries.migration(table: migration.table, column: migration.column)
        return try asking(for: "SELECT on \(migration.table), and USAGE on its schema,") {
            try connection.query(question, [migration.expected]).first ?? []
        }
    }
}
