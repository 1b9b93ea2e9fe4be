import HealthCore

@testable import HealthChecks

/// Asks a memcached server for its statistics (memcached, doc/protocol.txt).
struct MemcachedCheck: HealthCheck {
    let connector: Connector
    let server: Connector.Target
    let connections: ThresholdPair<Int>?

    static let open = Measurement(name: "health_memcached_connections", help: "Open connections, this one included.")
    /// The statistics are two kilobytes.
    private static let maximumAnswer = 64 * 1024

    var measurements: [Measurement] { [Self.open] }
    var connects: Bool { true }
    var target: String? { server.address }

    func run(_ context: RunContext) async throws -> CheckReport {
        let answer = try await connector.withStream(to: server, context) { stream in
            try await stream.write(Array("stats\r\n".utf8))
            while !stream.buffer.suffix(5).elementsEqual("END\r\n".utf8) {
                guard stream.buffer.count < Self.maximumAnswer else {
                    throw CheckFailure(.protocolError, "the answer does not end")
                }
                try await stream.more()
            }
            return String(decoding: stream.buffer, as: UTF8.self)
        }
        context.phases.finish()
        let line = answer.split(separator: "\r\n").first { $0.hasPrefix("STAT curr_connections ") }
        guard let count = line?.split(separator: " ").last.flatMap({ Int($0) }) else {
            throw CheckFailure(.protocolError, "the answer holds no curr_connections")
        }
        return CheckReport(
            connections?.evaluate(count) ?? .success,
            "\(count) connections",
            measured: [MeasuredValue(Self.open, Double(count))]
        )
    }

    static let kind = CheckKind(
        name: "memcached",
        summary: "Asks a memcached server.",
        measurements: [open],
        settings: MemcachedSettings.self
    )
}

/// The settings of a `memcached` check.
struct MemcachedSettings: CheckSettings {
    var address = HostPort()
    var connections: ThresholdPair<Int>?
    var version = IPVersion.auto

    static let keys: [SettingKey<MemcachedSettings>] = [
        SettingKey("address", in: \.address, as: .hostPort, "host:port.", traits: .required),
        SettingKey("connections", in: \.connections, as: .thresholds(.integer(0...1_000_000)), "Open connections."),
        .ipVersion(\.version),
    ]

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        MemcachedCheck(connector: resources.connector, server: address.target(version), connections: connections)
    }
}
