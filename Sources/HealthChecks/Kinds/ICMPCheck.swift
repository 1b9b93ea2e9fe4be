import HealthCore
import NIOCore

/// Sends an echo request and waits for the reply.
struct ICMPCheck: HealthCheck {
    let connector: Connector
    let exchange: EchoExchange
    let host: Connector.Target

    var connects: Bool { true }
    var target: String? { host.host }

    func run(_ context: RunContext) async throws -> CheckReport {
        let addresses = try await connector.addresses(of: host, context.phases)
        guard let address = addresses.first else { throw CheckFailure(.dnsNotFound, "\(host.host) has no address") }
        context.phases.enter(.processing)
        // The run's own id: no other run's reply is taken for this one's.
        do {
            try await exchange.ask(address, payload: Array(context.traceID.description.utf8))
        } catch let failure as CheckFailure {
            throw failure.naming(address.ipAddress ?? host.host)
        }
        context.phases.finish()
        return CheckReport(.success, "\(address.ipAddress ?? host.host) answered")
    }

    static let kind = CheckKind(
        name: "icmp",
        summary: "Pings a host.",
        keys: [
            SettingKey("address", .text(maximum: 253), "A host name or address, without port.", required: true),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let version: IPVersion = reader.choice("ip") ?? .auto
        let target = reader.value("address", "a host name or address without port") { text -> Connector.Target? in
            let isHost = IPAddress(text) != nil || SettingText.address("\(text):1")?.host == text
            return isHost ? Connector.Target(host: text, port: 0, version: version) : nil
        }
        if EchoExchange.refusal() != nil {
            reader.problems.add(
                .init(
                    position: reader.position,
                    path: reader.path,
                    "this process may not send pings: include its group in the sysctl net.ipv4.ping_group_range"
                )
            )
        }
        return target.map {
            ICMPCheck(connector: resources.connector, exchange: EchoExchange(loop: resources.datagrams), host: $0)
        }
    }
}
