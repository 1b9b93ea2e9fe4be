import HealthCore
import NIOCore
import NIOHPACK
import NIOHTTP2

/// Asks a gRPC server's standard health service (grpc/doc/health-checking.md).
struct GRPCCheck: HealthCheck {
    let connector: Connector
    let server: Connector.Target
    /// Empty for the server as a whole.
    let service: String
    let tls: TLSClient?
    let seen: SeenText

    var measurements: [Measurement] { tls == nil ? [] : [CertificateRecord.notAfter] }
    var connects: Bool { true }
    var target: String? { server.address }

    func run(_ context: RunContext) async throws -> CheckReport {
        guard let tls else { return try await ask(nil, context) }
        return try await tls.judged { try await ask($0, context) }
    }

    private func ask(_ tls: TLSConnection?, _ context: RunContext) async throws -> CheckReport {
        let (headers, request, phases) = (headers(context), GRPCMessage.request(service: service), context.phases)
        let configure: @Sendable (any Channel) throws -> OneAnswer<GRPCHealthAnswer> = { channel in
            let answer = OneAnswer<GRPCHealthAnswer>()
            let pipeline = channel.pipeline.syncOperations
            let streams = try pipeline.configureHTTP2Pipeline(
                mode: .client,
                connectionConfiguration: Self.connection,
                streamConfiguration: .init()
            ) { $0.close() }
            try pipeline.addHandler(GRPCConnectionEnd(answer: answer))
            let stream = streams.createStreamChannel { stream in
                stream.eventLoop.makeCompletedFuture {
                    let call = GRPCHealthExchange(headers: headers, request: request, phases: phases, answer: answer)
                    try stream.pipeline.syncOperations.addHandler(call)
                }
            }
            stream.whenFailure { answer.give(.failure(GRPCMessage.failure($0))) }
            return answer
        }
        let answer = try await connector.withConnection(to: server, tls: tls, context, configure: configure) {
            _,
            answer in
            try await withCheckedThrowingContinuation { answer.wait($0) }
        }
        return judge(answer)
    }

    /// A server that pushes nonetheless breaks the protocol (RFC 9113 §8.4).
    private static var connection: NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings.append(HTTP2Setting(parameter: .enablePush, value: 0))
        return configuration
    }

    private func headers(_ context: RunContext) -> HPACKHeaders {
        let milliseconds = max(1, context.timeout.wholeNanoseconds / 1_000_000)
        return HPACKHeaders([
            (":method", "POST"), (":scheme", tls == nil ? "http" : "https"), (":path", "/grpc.health.v1.Health/Check"),
            (":authority", "\(server.host.contains(":") ? "[\(server.host)]" : server.host):\(server.port)"),
            ("content-type", "application/grpc"), ("te", "trailers"), ("user-agent", "health-exporter"),
            ("grpc-timeout", milliseconds < 100_000_000 ? "\(milliseconds)m" : "\(milliseconds / 1000)S"),
            ("traceparent", context.traceID.parent(isSampled: false)),
        ])
    }

    private func judge(_ answer: GRPCHealthAnswer) -> CheckReport {
        let (verdict, message) = verdict(on: answer)
        return CheckReport(verdict, message)
    }

    private func verdict(on answer: GRPCHealthAnswer) -> (CheckReport.Verdict, String) {
        guard answer.httpStatus == 200 else {
            return (.failure(.unexpectedStatus), "answered with HTTP status \(answer.httpStatus)")
        }
        guard answer.contentType.hasPrefix("application/grpc") else {
            return (.failure(.protocolError), "the answer is no gRPC")
        }
        guard let status = answer.status else {
            return (.failure(.protocolError), "the answer ended without grpc-status")
        }
        guard status == 0 else { return verdict(onStatus: status, answer.message) }
        switch answer.serving {
        case 1: return (.success, "SERVING")
        case 2: return (.failure(.notServing), "NOT_SERVING")
        case 0: return (.failure(.notServing), "UNKNOWN")
        case 3: return (.failure(.notServing), "SERVICE_UNKNOWN")
        default: return (.failure(.protocolError), "the answer holds no serving status")
        }
    }

    /// grpc/doc/statuscodes.md.
    private func verdict(onStatus status: Int, _ message: String) -> (CheckReport.Verdict, String) {
        let said = message.isEmpty ? "grpc-status \(status)" : "grpc-status \(status): \(seen.cut(message))"
        switch status {
        case 4: return (.failure(.timeout), said)
        case 5: return (.failure(.notServing), "the service is not known: \(said)")
        case 7, 16: return (.failure(.authentication), said)
        case 8, 14: return (.failure(.notServing), said)
        case 12: return (.failure(.protocolError), "the server has no health service: \(said)")
        default: return (.failure(.error), said)
        }
    }

    static let kind = CheckKind(
        name: "grpc",
        summary: "Asks a gRPC server's health service.",
        keys: [
            SettingKey("address", .address, "host:port.", required: true),
            SettingKey("service", .text(maximum: 256), "The service to ask for; default the server as a whole."),
            SettingKey("tls", .object(TLSOptions.keys), "TLS; without it the connection is plain."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let service = reader.text("service") ?? ""
        let tls = reader.has("tls") ? resources.tlsClient(reader, protocols: ["h2"]) : nil
        return reader.connectorTarget("address").map { target in
            GRPCCheck(connector: resources.connector, server: target, service: service, tls: tls, seen: reader.seen)
        }
    }
}
