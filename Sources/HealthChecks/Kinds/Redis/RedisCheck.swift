import HealthCore

/// Sends PING and INFO to a Redis server, and evaluates its memory, its role and its replication.
struct RedisCheck: NetworkCheck {
    /// The kind `redis`.
    static let kind = CheckKind(
        name: "redis",
        summary: "Sends PING to a Redis or Valkey server and evaluates memory, role and replication.",
        measurements: RedisMeasurements.all + [CertificateRecord.notAfter],
        settings: RedisSettings.self
    )

    /// What is checked.
    let settings: RedisSettings
    /// The host and port to connect to.
    let destination: Connector.Target
    /// Opens the connection.
    let connector: Connector
    /// Used when the URL is encrypted.
    let tls: TLSClient
    /// Of the server, as earlier runs read it.
    let pingPeriod: RedisPingPeriod
    /// Quotes versions in messages.
    let seen: SeenText

    /// Clients, memory and replication lag; the end of the certificates, too, for a `rediss` URL.
    var measurements: [Measurement] {
        settings.server.isEncrypted ? RedisMeasurements.all + [CertificateRecord.notAfter] : RedisMeasurements.all
    }
    /// True: a run goes over the network, in phases.
    var connects: Bool { true }
    /// Up to the answer.
    var phases: [RunPhase] {
        .ofConnection(to: destination, isEncrypted: settings.server.isEncrypted, isAnswered: true)
    }
    /// `redis://host:port/database` or `rediss://…`, without user and password.
    var target: String? { settings.server.description }

    /// What the state of the server is compared with.
    var evaluation: RedisEvaluation { RedisEvaluation(settings: settings, seen: seen) }

    func run(_ context: RunContext) async throws -> CheckReport {
        let isEncrypted = settings.server.isEncrypted
        do {
            return try await tls.evaluated { tls in
                try await connector.withStream(to: destination, tls: isEncrypted ? tls : nil, context) {
                    stream in
                    let session = RedisSession(settings: settings, pingPeriod: pingPeriod, stream: stream)
                    let state = try await session.state()
                    context.phases.finish()
                    return evaluation.report(on: state)
                }
            }
        } catch let failure as CheckFailure {
            throw failure.naming(destination.address)
        }
    }
}
