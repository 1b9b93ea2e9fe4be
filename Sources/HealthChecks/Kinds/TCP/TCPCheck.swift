import HealthCore

/// Connects to a port, with TLS and a dialogue where configured.
struct TCPCheck: NetworkCheck {
    /// Opens the connection.
    let connector: Connector
    /// The host and port to connect to.
    let server: Connector.Target
    /// TLS right after connecting, or when the dialogue comes to it.
    let tls: TLSClient?
    /// Whether TLS, if there is any, begins with the connection; false when a step `starttls` begins it.
    let encryptsAtOnce: Bool
    /// What is sent and expected, in order; empty when connecting is enough.
    let dialogue: [DialogueStep]
    /// Quotes what the server sent.
    let seen: SeenText
    /// For what takes longer than a moment.
    let matching: BlockingPool

    /// The end of the certificates with TLS, else nothing.
    var measurements: [Measurement] { tls == nil ? [] : [CertificateRecord.notAfter] }
    /// True: a run goes over the network, in phases.
    var connects: Bool { true }
    /// Up to the connection without a dialogue.
    var phases: [RunPhase] {
        .ofConnection(to: server, isEncrypted: tls != nil, isAnswered: !dialogue.isEmpty)
    }
    /// The server's `host:port`.
    var target: String? { server.address }

    func run(_ context: RunContext) async throws -> CheckReport {
        guard let tls else { return try await talk(nil, context) }
        return try await tls.evaluated { try await talk($0, context) }
    }

    private func talk(_ tls: TLSConnection?, _ context: RunContext) async throws -> CheckReport {
        if dialogue.isEmpty {
            try await connector.connect(to: server, tls: tls, context)
            return CheckReport(.success, "connected")
        }
        return try await connector.withStream(to: server, tls: encryptsAtOnce ? tls : nil, context) { stream in
            for (number, step) in dialogue.enumerated() {
                switch step {
                case .send(let bytes): try await stream.write(bytes)
                case .expect(let pattern): try await expect(pattern, step: number + 1, on: stream, context)
                case .startTLS: if let tls { try await stream.encrypt(with: tls, host: server.host) }
                }
            }
            context.phases.finish()
            return CheckReport(.success, "the dialogue went as expected")
        }
    }

    /// Reads until the pattern is found, and drops what led up to it and the match itself.
    private func expect(
        _ pattern: Pattern,
        step: Int,
        on stream: ByteStream,
        _ context: RunContext
    ) async throws {
        while true {
            if case .matches(let end) = try await find(pattern, in: stream.buffer, context) {
                stream.consume(end)
                return
            }
            let came = "step \(step): \(seen.quoted(stream.buffer)) came"
            guard stream.buffer.count < DialogueStep.maximumUnmatched else {
                let limit = DialogueStep.maximumUnmatched
                let message = "\(came), \(limit) bytes and no match of \(seen.quoted(pattern))"
                throw CheckFailure(.assertion, message)
            }
            do {
                try await stream.more()
            } catch let failure as CheckFailure where failure.reason == .closedEarly && !stream.buffer.isEmpty {
                throw CheckFailure(.assertion, "\(came) and the end, expected a match of \(seen.quoted(pattern))")
            }
        }
    }

    private func find(_ pattern: Pattern, in bytes: [UInt8], _ context: RunContext) async throws -> Pattern.Match {
        if pattern.isQuick(bytes.count) { return try pattern.find(in: bytes) }
        return try await matching.run(context.phases) { try pattern.find(in: bytes) }
    }

    /// The kind `tcp`.
    static let kind = CheckKind(
        name: "tcp",
        summary: "Connects to a port, and holds a dialogue.",
        measurements: [CertificateRecord.notAfter],
        settings: TCPSettings.self
    )
}

/// The settings of a `tcp` check.
struct TCPSettings: ProxiedSettings {
    var address = HostPort()
    var dialogue: [DialogueStep] = []
    var tls: TLSOptions?
    var version = IPVersion.auto
    var proxy: ProxyChoice?

    static let keys: [SettingKey<TCPSettings>] = [
        SettingKey("address", in: \.address, as: .hostPort, "host:port.", traits: .required),
        SettingKey("dialogue", in: \.dialogue, as: .dialogue, "Steps, each expect, send or starttls."),
        .tls(\.tls, "TLS from the start, or from starttls on."),
        .ipVersion(\.version),
        .proxy,
    ]

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        let starts = dialogue.contains(.startTLS)
        return TCPCheck(
            connector: resources.connector,
            server: resources.routed(address.target(version), proxy),
            tls: starts || tls != nil ? resources.tlsClient(tls) : nil,
            encryptsAtOnce: !starts,
            dialogue: dialogue,
            seen: seen,
            matching: resources.matchingPool
        )
    }
}
