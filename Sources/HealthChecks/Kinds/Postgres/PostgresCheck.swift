import HealthCore
import NIOCore

/// Logs in to a PostgreSQL server, runs the configured query, and evaluates connections, replication and schema version.
struct PostgresCheck: HealthCheck {
    /// The kind `postgres`.
    static let kind = CheckKind(
        name: "postgres",
        summary: "Logs in to a PostgreSQL server and evaluates a query, connections and replication.",
        measurements: PostgresMeasurements.all + [CertificateRecord.notAfter],
        settings: PostgresSettings.self
    )

    /// What is checked.
    let settings: PostgresSettings
    /// Opens the connection on which the certificates are inspected, and resolves the host.
    let connector: Connector
    /// libpq blocks; it runs on a thread of this pool.
    let pool: BlockingPool
    /// Of deadlines, and of the moments at which standbys were caught up.
    let time: any TimeSource
    /// Nil leaves TLS to the url's sslmode, unverified.
    let tls: TLSClient?
    /// Of the standbys that answered earlier runs.
    let caughtUp: PostgresCaughtUpTimes
    /// Quotes versions in messages.
    let seen: SeenText

    /// Connections and replication lag; the end of the certificates, too, with the key `tls`.
    var measurements: [Measurement] {
        tls == nil ? PostgresMeasurements.all : PostgresMeasurements.all + [CertificateRecord.notAfter]
    }
    /// True: a run goes over the network, in phases.
    var connects: Bool { true }
    /// `postgres://host:port/database`, without the user.
    var target: String? { settings.server.description }

    func run(_ context: RunContext) async throws -> CheckReport {
        guard let tls else { return try await query(context) }
        let inspection = PostgresCertificateInspection(connector: connector, target: destination)
        return try await tls.evaluated { connection in
            do {
                try await inspection.run(connection, context)
            } catch let failure as CheckFailure {
                throw failure.naming(destination.address)
            }
            return try await query(context)
        }
    }

    private var destination: Connector.Target {
        Connector.Target(host: settings.server.host, port: settings.server.port, version: settings.version)
    }

    /// The parameters of each login.
    var login: PostgresLogin { PostgresLogin(settings: settings, tls: tls?.options) }

    /// What the state of the server is compared with.
    var evaluation: PostgresEvaluation { PostgresEvaluation(settings: settings, seen: seen) }

    /// Resolves the host, and runs the session on a thread for blocking calls.
    private func query(_ context: RunContext) async throws -> CheckReport {
        let addresses = try await connector.addresses(of: destination, context.phases)
        let session = PostgresSession(
            settings: settings,
            login: login,
            caughtUp: caughtUp,
            time: time,
            timeout: context.timeout,
            phases: context.phases
        )
        context.phases.enter(.connect)
        let evaluation = evaluation
        return try await withTaskCancellationHandler {
            try await pool.run(context.phases) { evaluation.report(on: try session.state(at: addresses)) }
        } onCancel: {
            session.stop.set()
        }
    }
}
