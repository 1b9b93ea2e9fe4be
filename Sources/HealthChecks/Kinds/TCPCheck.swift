import HealthCore

/// Connects to a port, with TLS and a dialogue when told to.
struct TCPCheck: HealthCheck {
    let connector: Connector
    let server: Connector.Target
    /// TLS right after connecting, or when the dialogue comes to it.
    let tls: TLSClient?
    let encryptsAtOnce: Bool
    let dialogue: [DialogueStep]
    let seen: SeenText
    /// For what takes longer than a moment.
    let matching: BlockingPool

    var measurements: [Measurement] { tls == nil ? [] : [CertificateRecord.notAfter] }
    var connects: Bool { true }
    var target: String? { server.address }

    func run(_ context: RunContext) async throws -> CheckReport {
        guard let tls else { return try await talk(nil, context) }
        return try await tls.judged { try await talk($0, context) }
    }

    private func talk(_ tls: TLSConnection?, _ context: RunContext) async throws -> CheckReport {
        try await connector.withStream(to: server, tls: encryptsAtOnce ? tls : nil, context) { stream in
            for (number, step) in dialogue.enumerated() {
                switch step {
                case .send(let bytes): try await stream.write(bytes)
                case .expect(let pattern): try await expect(pattern, step: number + 1, stream, context)
                case .startTLS: if let tls { try await stream.encrypt(with: tls, host: server.host) }
                }
            }
            context.phases.finish()
            return CheckReport(.success, dialogue.isEmpty ? "connected" : "the dialogue went as expected")
        }
    }

    /// Reads until the pattern is found, and drops what led up to it and the match itself.
    private func expect(
        _ pattern: Pattern,
        step: Int,
        _ stream: ByteStream,
        _ context: RunContext
    ) async throws {
        while true {
            if case .matches(let end) = try await find(pattern, stream.buffer, context) {
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

    private func find(_ pattern: Pattern, _ bytes: [UInt8], _ context: RunContext) async throws -> Pattern.Match {
        if pattern.isQuick(bytes.count) { return try pattern.find(in: bytes) }
        return try await matching.run(context.phases) { try pattern.find(in: bytes) }
    }

    static let kind = CheckKind(
        name: "tcp",
        summary: "Connects to a port, and holds a dialogue.",
        keys: [
            SettingKey("address", .address, "host:port.", required: true),
            SettingKey("dialogue", .list(.object(DialogueStep.keys)), "Steps, each expect, send or starttls."),
            SettingKey("tls", .object(TLSOptions.keys), "TLS from the start, or from starttls on."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let dialogue = reader.dialogue("dialogue")
        let starts = dialogue.contains { if case .startTLS = $0 { true } else { false } }
        return reader.connectorTarget("address").map { target in
            TCPCheck(
                connector: resources.connector,
                server: target,
                tls: starts || reader.has("tls") ? resources.tlsClient(reader) : nil,
                encryptsAtOnce: !starts,
                dialogue: dialogue,
                seen: reader.seen,
                matching: resources.matchingPool
            )
        }
    }
}
