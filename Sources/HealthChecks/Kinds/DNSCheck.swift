import HealthCore
import NIOCore

/// Asks a name server one question and judges its answer.
struct DNSCheck: HealthCheck {
    let connector: Connector
    let exchange: DNSExchange
    /// Nil for the system's, which is read anew for every run.
    let server: Connector.Target?
    let expected: Pattern?
    let responseCode: UInt16
    let pool: BlockingPool

    static let answers = Measurement(
        name: "health_dns_answers",
        help: "Records of the type asked for in the last answer."
    )

    var measurements: [Measurement] { [Self.answers] }
    var connects: Bool { true }

    func run(_ context: RunContext) async throws -> CheckReport {
        let server = try await serverAddress(context)
        // The question itself is what this kind measures as resolving; a server's silence ends in dns_timeout.
        context.phases.enter(.resolve)
        let answer = try await exchange.ask(server, context)
        context.phases.finish()
        return judge(answer)
    }

    private func serverAddress(_ context: RunContext) async throws -> SocketAddress {
        if let server {
            let addresses = try await connector.addresses(of: server, context.phases)
            guard let first = addresses.first else { throw CheckFailure(.dnsNotFound, "\(server.host) has no address") }
            return first
        }
        guard let address = try await pool.run(context.phases, { SystemResolver.server() }) else {
            throw CheckFailure(.internal, "no name server is configured on this machine")
        }
        return address
    }

    private func judge(_ answer: DNSAnswer) -> CheckReport {
        let measured = [MeasuredValue(Self.answers, Double(answer.values.count))]
        let details = answer.values.prefix(20).map { CheckReport.Detail("record", $0) }
        let (verdict, message) = verdict(on: answer)
        return CheckReport(verdict, message, measured: measured, details: details)
    }

    private func verdict(on answer: DNSAnswer) -> (CheckReport.Verdict, String) {
        guard answer.responseCode == responseCode else {
            let reason: FailureReason =
                switch answer.responseCode {
                case 0: .assertion
                case 3: .dnsNotFound
                default: .dnsFailure
                }
            return (.failure(reason), "the answer is \(answer.codeName)")
        }
        guard responseCode == 0 else { return (.success, "the answer is \(answer.codeName), as expected") }
        let type = exchange.question.type.rawValue
        if answer.values.isEmpty { return (.failure(.dnsNotFound), "the name has no \(type) record") }
        guard let expected else { return (.success, "\(answer.values.count) \(type) records") }
        let outcomes = answer.values.map { expected.search(in: Array($0.utf8)) }
        if outcomes.contains(.matches) { return (.success, "\(answer.values.count) \(type) records, one as expected") }
        return outcomes.contains(.limitReached)
            ? (.failure(.assertion), "expect took too many steps on this answer; use a simpler pattern")
            : (.failure(.assertion), "no \(type) record matches expect")
    }

    static let kind = CheckKind(
        name: "dns",
        summary: "Asks a name server.",
        keys: [
            SettingKey("name", .text(maximum: 254), "The name to ask for; for PTR also an address.", required: true),
            SettingKey("record", .choice(DNSRecordType.allCases.map(\.rawValue)), "The record type; default A."),
            SettingKey("server", .text(maximum: 260), "host[:port]; default the system's name server."),
            SettingKey("expect", .pattern, "A PCRE pattern that one of the records must match."),
            SettingKey("rcode", .choice(DNSAnswer.codes.map(\.name)), "The response code expected; default NOERROR."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let type: DNSRecordType = reader.choice("record") ?? .a
        let version: IPVersion = reader.choice("ip") ?? .auto
        let server = reader.value("server", "host or host:port, such as 10.0.0.53 or [::1]:5353") { text in
            serverTarget(text, version)
        }
        if reader.has("ip"), !reader.has("server") {
            reader.problem("ip", "has no effect without `server`")
        }
        let code = reader.value("rcode", "one of \(DNSAnswer.codes.map(\.name).joined(separator: ", "))") { text in
            DNSAnswer.codes.first { $0.name == text }?.code
        }
        if reader.has("expect"), let code, code != 0 {
            reader.problem("expect", "has no effect: an answer with another rcode than NOERROR has no records")
        }
        let expected = reader.pattern("expect")
        guard let name = reader.value("name", "a domain name of at most 253 characters", { questionName($0, type) })
        else {
            return nil
        }
        let exchange = DNSExchange(
            group: resources.group,
            // The machine's own configuration is trusted, link-local addresses included.
            connector: server == nil ? resources.connector.trusting() : resources.connector,
            question: DNSQuestion(name: name, type: type)
        )
        return DNSCheck(
            connector: resources.connector,
            exchange: exchange,
            server: server,
            expected: expected,
            responseCode: code ?? 0,
            pool: resources.blockingPool
        )
    }

    private static func serverTarget(_ text: String, _ version: IPVersion) -> Connector.Target? {
        if let (host, port) = SettingText.address(text) {
            return port == 0 ? nil : Connector.Target(host: host, port: port, version: version)
        }
        if IPAddress(text) != nil { return Connector.Target(host: text, port: 53, version: version) }
        return SettingText.address("\(text):53").map { Connector.Target(host: $0.host, port: 53, version: version) }
    }

    /// For PTR an address stands for its name in `in-addr.arpa` or `ip6.arpa` (RFC 1035 §3.5, RFC 3596 §2.5).
    private static func questionName(_ text: String, _ type: DNSRecordType) -> DNSName? {
        guard type == .ptr, let address = IPAddress(text) else { return DNSName(text) }
        guard address.isV6 else {
            return DNSName(address.bytes.reversed().map { String($0) }.joined(separator: ".") + ".in-addr.arpa")
        }
        let nibbles = address.bytes.reversed().flatMap { [$0 & 0x0f, $0 >> 4] }
        return DNSName(nibbles.map { String($0, radix: 16) }.joined(separator: ".") + ".ip6.arpa")
    }
}
