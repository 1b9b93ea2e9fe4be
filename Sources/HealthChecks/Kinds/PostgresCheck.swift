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
    let target: PostgresTarget
    let version: IPVersion
    let password: String?
    let query: String
    /// Nil leaves TLS to the url's sslmode, unverified.
    let tls: TLSClient?
    let connectionsUsed: ThresholdPair<Double>?
    let replicationLag: ThresholdPair<Duration>?
    let migration: Migration?

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
            "On a standby the time since its last replay, 0 when all is replayed; on a primary the largest replay lag."
    )

    var measurements: [Measurement] {
        var known: [Measurement] = []
        if connectionsUsed != nil { known += [Self.used, Self.limit, Self.usedRatio] }
        if replicationLag != nil { known.append(Self.lag) }
        return tls == nil ? known : known + [CertificateRecord.notAfter]
    }
    var connects: Bool { true }

    func run(_ context: RunContext) async throws -> CheckReport {
        guard let tls else { return try await ask(context) }
        return try await tls.judged { connection in
            try await lookAtCertificates(connection, context)
            return try await ask(context)
        }
    }

    private var destination: Connector.Target {
        Connector.Target(host: target.host, port: target.port, version: version)
    }

    /// A handshake of our own, closed again: libpq tells neither dates nor what exactly is wrong with a certificate.
    private func lookAtCertificates(_ tls: TLSConnection, _ context: RunContext) async throws {
        // SSLRequest (protocol-message-formats): 8 bytes, code 80877103.
        let request: [UInt8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]
        try await connector.withStream(to: destination, context) { stream in
            try await stream.write(request)
            try await stream.more()
            guard stream.buffer == [UInt8(ascii: "S")] else {
                let isRefusal = stream.buffer == [UInt8(ascii: "N")]
                throw CheckFailure(
                    isRefusal ? .tlsProtocol : .protocolError,
                    isRefusal ? "the server does not offer TLS" : "no PostgreSQL answer to a request for TLS"
                )
            }
            stream.consume(1)
            try await stream.encrypt(with: tls, host: target.host)
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

    /// On a thread for blocking calls; each address gets its share of the time, the last one the rest.
    private func ask(_ addresses: [SocketAddress], _ context: RunContext, _ stop: StopFlag) throws -> CheckReport {
        let end = time.moment.advanced(by: context.timeout)
        var failure: any Error = CheckFailure(.dnsNotFound, "\(target.host) has no address")
        for (index, address) in addresses.enumerated() {
            let left = time.moment.duration(to: end)
            let isLast = index == addresses.count - 1
            // A run past its end is published already; the margin leaves the verdict to its deadline.
            let share = isLast ? left + .seconds(1) : left / (addresses.count - index)
            let limit = PostgresConnection.Limit(deadline: time.moment.advanced(by: share), stop: stop, time: time)
            do {
                return try ask(address, context, limit)
            } catch let error as CheckFailure {
                failure = error
                guard [.connectRefused, .unreachable, .connectTimeout].contains(error.reason) else { throw error }
            } catch is CancellationError where !isLast && !stop.isSet {
                failure = CheckFailure(.connectTimeout, "no answer from \(address.ipAddress ?? target.host)")
            }
        }
        throw failure
    }

    private func ask(
        _ address: SocketAddress,
        _ context: RunContext,
        _ limit: PostgresConnection.Limit
    ) throws -> CheckReport {
        do {
            do {
                return try talk(parameters(address, context, withOptions: true), context, limit)
            } catch let problem as PostgresConnection.Problem where problem.message.contains("startup parameter") {
                // A pooler that takes no options: its server's own statement_timeout has to do.
                return try talk(parameters(address, context, withOptions: false), context, limit)
            }
        } catch let problem as PostgresConnection.Problem {
            throw PostgresReasons.failure(problem, countsConnections: connectionsUsed != nil)
        }
    }

    private func talk(
        _ parameters: [(String, String)],
        _ context: RunContext,
        _ limit: PostgresConnection.Limit
    ) throws -> CheckReport {
        context.phases.enter(.connect)
        var connection = try PostgresConnection(parameters, limit)
        try connection.open(context.phases)
        context.phases.enter(.processing)
        _ = try connection.query(query)
        let state = PostgresState(
            connections: connectionsUsed == nil ? [] : try connection.query(PostgresQueries.connections).first ?? [],
            replication: replicationLag == nil ? [] : try connection.query(PostgresQueries.replication).first ?? [],
            migration: try askMigration(&connection)
        )
        context.phases.finish()
        return judge(state)
    }

    private func askMigration(_ connection: inout PostgresConnection) throws -> [String?] {
        guard let migration else { return [] }
        let question = PostgresQueries.migration(table: migration.table, column: migration.column)
        return try connection.query(question, [migration.expected]).first ?? []
    }

    /// All that libpq would else take from the environment and the home directory (libpq-envars).
    private func parameters(
        _ address: SocketAddress,
        _ context: RunContext,
        withOptions: Bool
    ) -> [(String, String)] {
        let nowhere = "/nonexistent"
        let options = tls?.options
        var parameters = [
            ("host", options?.serverName ?? target.host), ("hostaddr", address.ipAddress ?? target.host),
            ("port", String(target.port)), ("user", target.user), ("dbname", target.database),
            ("application_name", "health-exporter"), ("client_encoding", "UTF8"), ("gssencmode", "disable"),
            ("target_session_attrs", "any"), ("passfile", nowhere), ("sslcrl", nowhere),
            ("ssl_min_protocol_version", "TLSv1.2"),
            ("sslcert", options?.certificate ?? nowhere), ("sslkey", options?.key ?? nowhere),
            ("sslrootcert", authorities ?? nowhere), ("sslmode", sslMode),
        ]
        if let password { parameters.append(("password", password)) }
        if withOptions {
            // The server ends by itself what nobody waits for any more, not before our deadline.
            let milliseconds = context.timeout.wholeNanoseconds / 1_000_000
            parameters.append(("options", "-c statement_timeout=\(milliseconds)"))
        }
        return parameters
    }

    private var sslMode: String {
        guard let options = tls?.options else { return target.sslMode }
        return options.verifies ? "verify-full" : "require"
    }

    /// Nil when nothing is verified: libpq verifies with whatever file is there, also when only asked to encrypt.
    private var authorities: String? {
        guard let options = tls?.options, options.verifies else { return nil }
        return options.authorities ?? Self.systemAuthorities
    }

    /// Where the distributions keep the system's authorities.
    private static let systemAuthorities = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem",
    ].first { SmallFile.read($0, limit: 1)?.isEmpty == false }
}

extension PostgresCheck {
    static let kind = CheckKind(
        name: "postgres",
        summary: "Asks a PostgreSQL server.",
        keys: [
            SettingKey(
                "url",
                .url(["postgres", "postgresql"]),
                "postgres://user@host[:port][/database].",
                required: true
            ),
            SettingKey("password", .text(maximum: 8192), "The user's password.", secret: true),
            SettingKey("query", .freeText(maximum: 65_536), "A query that must succeed; default SELECT 1."),
            SettingKey("connections_used", .thresholds(.ratio), "Client connections over those that there may be."),
            SettingKey("replication_lag", .thresholds(.duration), "How far behind it or its standbys may be."),
            SettingKey("migration", .object(migrationKeys), "A version that the schema must have."),
            SettingKey("tls", .object(TLSOptions.keys), "Verified TLS."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let (password, tls) = (reader.secret("password"), reader.has("tls") ? resources.tlsClient(reader) : nil)
        let connectionsUsed = reader.ratioThresholds("connections_used")
        let replicationLag = reader.durationThresholds("replication_lag")
        let (migration, version) = (migration(reader), reader.choice("ip") as IPVersion? ?? .auto)
        let query = reader.value("query", "one SQL query of at most 64 KiB") { text in
            text.utf8.count <= 65_536 && !text.utf8.contains(0) && !text.allSatisfy(\.isWhitespace) ? text : nil
        }
        guard let target = reader.postgresTarget("url") else { return nil }
        if reader.has("tls"), target.sslMode != "prefer" {
            reader.problem("tls", "says already what sslmode in the url says; leave that one out")
        }
        return PostgresCheck(
            connector: resources.connector,
            pool: resources.blockingPool,
            time: resources.time,
            target: target,
            version: version,
            password: password,
            query: query ?? "SELECT 1",
            tls: tls,
            connectionsUsed: connectionsUsed,
            replicationLag: replicationLag,
            migration: migration
        )
    }

    static let migrationKeys = [
        SettingKey("table", .text(maximum: 127), "The table of versions, with or without its schema.", required: true),
        SettingKey("column", .text(maximum: 63), "The column that holds them.", required: true),
        SettingKey("expect", .text(maximum: 256), "The version that must be there.", required: true),
    ]

    private static func migration(_ reader: SettingsReader) -> Migration? {
        guard reader.has("migration") else { return nil }
        let reader = reader.object("migration", keys: migrationKeys)
        guard let table = reader.text("table", maximum: 127), let column = reader.text("column", maximum: 63),
            let expected = reader.text("expect")
        else { return nil }
        return Migration(table: table, column: column, expected: expected)
    }
}
