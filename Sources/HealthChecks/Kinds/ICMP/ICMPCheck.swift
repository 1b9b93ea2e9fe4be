import HealthCore
import NIOCore

/// Sends an echo request to a host, and waits for the reply.
struct ICMPCheck: HealthCheck {
    /// The kind `icmp`, which measures nothing of its own.
    static let kind = CheckKind(
        name: "icmp",
        summary: "Sends an ICMP echo request to a host.",
        settings: ICMPSettings.self
    )

    /// The host.
    let settings: ICMPSettings
    /// Resolves the host.
    let connector: Connector
    /// Sends the request.
    let exchange: EchoExchange

    /// True: a run goes over the network, in phases.
    var connects: Bool { true }
    /// There is no connection.
    var phases: [RunPhase] {
        IPAddress(settings.host) == nil ? [.resolve, .processing] : [.processing]
    }
    /// The configured host name or address.
    var target: String? { settings.host }

    func run(_ context: RunContext) async throws -> CheckReport {
        let host = settings.target
        let addresses = try await connector.addresses(of: host, context.phases)
        guard let address = addresses.first else { throw CheckFailure(.dnsNotFound, "\(host.host) has no address") }
        let name = address.ipAddress ?? host.host
        context.phases.enter(.processing)
        do {
            // The id of the run as payload: the reply to another run's request is not accepted.
            try await exchange.send(Array(context.traceID.description.utf8), to: address)
        } catch let failure as CheckFailure {
            throw failure.naming(name)
        }
        context.phases.finish()
        return CheckReport(.success, "\(name) answered")
    }
}
