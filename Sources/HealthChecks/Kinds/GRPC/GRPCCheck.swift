import HealthCore
import NIOCore
import NIOHTTP2

/// Calls `Check` of a gRPC server's standard health service (grpc/doc/health-checking.md).
struct GRPCCheck: NetworkCheck {
    /// The kind `grpc`.
    static let kind = CheckKind(
        name: "grpc",
        summary: "Queries the health service of a gRPC server.",
        measurements: [CertificateRecord.notAfter],
        settings: GRPCSettings.self
    )

    /// What is checked.
    let settings: GRPCSettings
    /// The host and port to connect to.
    let server: Connector.Target
    /// Opens the connection.
    let connector: Connector
    /// Nil for a connection without TLS.
    let tls: TLSClient?
    /// Quotes the messages of servers.
    let seen: SeenText

    /// The end of the certificates with TLS, else nothing.
    var measurements: [Measurement] { tls == nil ? [] : [CertificateRecord.notAfter] }
    /// True: a run goes over the network, in phases.
    var connects: Bool { true }
    /// Up to the answer.
    var phases: [RunPhase] {
        .ofConnection(to: server, isEncrypted: tls != nil, isAnswered: true)
    }
    /// The server's `host:port`.
    var target: String? { server.address }

    func run(_ context: RunContext) async throws -> CheckReport {
        guard let tls else { return try await call(nil, context) }
        return try await tls.evaluated { try await call($0, context) }
    }

    private func call(_ tls: TLSConnection?, _ context: RunContext) async throws -> CheckReport {
        let request = GRPCHealthRequest(settings: settings, isEncrypted: tls != nil, context)
        let phases = context.phases
        let configure: @Sendable (any Channel) throws -> FirstResult<GRPCHealthAnswer> = { channel in
            try Self.addHandlers(to: channel, request: request, phases: phases)
        }
        let answer = try await connector.withConnection(to: server, tls: tls, context, configure: configure) {
            _,
            answer in
            try await answer.value()
        }
        return answer.report(seen)
    }

    /// Adds the handlers of a call to an open connection, and begins it; gets its answer.
    static func addHandlers(
        to channel: any Channel,
        request: GRPCHealthRequest,
        phases: PhaseTimer
    ) throws -> FirstResult<GRPCHealthAnswer> {
        let answer = FirstResult<GRPCHealthAnswer>()
        let pipeline = channel.pipeline.syncOperations
        let streams = try pipeline.configureHTTP2Pipeline(
            mode: .client,
            connectionConfiguration: Self.connection,
            streamConfiguration: .init()
        ) { $0.close() }
        try pipeline.addHandler(GRPCConnectionEnd(answer: answer))
        let stream = streams.createStreamChannel { stream in
            stream.eventLoop.makeCompletedFuture {
                let exchange = GRPCHealthExchange(request: request, phases: phases, answer: answer)
                try stream.pipeline.syncOperations.addHandler(exchange)
            }
        }
        stream.whenFailure { answer.set(.failure(GRPCReasons.failure($0))) }
        return answer
    }

    /// Refuses pushes; a server that pushes nonetheless breaks the protocol (RFC 9113 §8.4).
    private static var connection: NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings.append(HTTP2Setting(parameter: .enablePush, value: 0))
        return configuration
    }
}
