import HealthCore
import NIOCore

/// Connects to a port.
struct TCPCheck: HealthCheck {
    let connector: Connector
    let target: Connector.Target

    var connects: Bool { true }

    func run(_ context: RunContext) async throws -> CheckReport {
        let channel = try await connector.connect(to: target, context) { _ in }
        context.phases.finish()
        channel.close(promise: nil)
        return CheckReport(.success, "connected")
    }

    static let kind = CheckKind(
        name: "tcp",
        summary: "Connects to a port.",
        keys: [
            SettingKey("address", .address, "host:port.", required: true),
            CheckKind.versionKey,
        ] + SettingKey.notYet("tls", "dialogue")
    ) { reader, resources in
        reader.connectorTarget("address").map { TCPCheck(connector: resources.connector, target: $0) }
    }
}
