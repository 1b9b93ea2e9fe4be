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
    let seen: SeenText
    let pool: BlockingPool
    /// For what takes longer than a moment.
    let matching: BlockingPool

    static let answers = Measurement(
        name: "health_dns_answers",
        help: "Records of the type asked for in the last answer."
    )

    var measurements: [Measurement] { [Self.answers] }
    var connects: Bool { true }
    /// As dig(1) takes it.
    var target: String? {
        let question = "\(exchange.question.name.text.dropLast()) \(exchange.question.type.rawValue)"
        return server.map { "\(question) @\($0.address)" } ?? question
    }

    func run(_ context: RunContext) async throws -> CheckReport {
        let server = try await serverAddress(context)
        // The question itself is what this kind measures as resolving; a server's silence ends in dns_timeout.
        context.phases.enter(.resolve)
        let answer = try await exchange.ask(server, context)
        context.phases.finish()
        if expected?.isQuick(answer.values.reduce(0) { $0 + $1.utf8.count }) ?? true { return try judge(answer) }
        let check = self
        return try await matching.run(context.phases) { try check.judge(answer) }
    }

    private func serverAddress(_ context: RunContext) async throws -> SocketAddress {
        if let server {
            let addresses = try await connector.addresses(of: server, context.phases)
            guard let first = addresses.first else { throw CheckFailure(.dnsNotFound, "\(server.host) has no address") }
            return first
        }
        guard let address = try await pool.run(context.phases, about: "resolv.conf", { SystemResolver.server() }) else {
            throw CheckFailure(.internal, "no name server is configured on this machine")
        }
        return address
    }

    private func judge(_ answer: DNSAnswer) throws(CheckFailure) -> CheckReport {
        let measured = [MeasuredValue(Self.answers, Double(answer.values.count))]
        let details = answer.values.prefix(20).map { CheckReport.Detail("record", $0) }
        let (verdict, message) = try verdict(on: answer)
        return CheckReport(verdict, message, measured: measured, details: details)
    }

    private func verdict(on answer: DNSAnswer) throws(CheckFailure) -> (CheckReport.Verdict, String) {
        guard answer.responseCode == responseCode else {
            let reason: FailureReason =
                switch answer.responseCode {
                case 0: .assertion
                case 3: .dnsNotFound
                default: .dnsFailure
                }
            let wanted = DNSAnswer.codes.first { $0.code == responseCode }?.name ?? "NOERROR"
            return (.failure(reason), "the answer is \(answer.codeName), expected \(wanted)")
        }
        guard responseCode == 0 else { return (.success, "the answer is \(answer.codeName), as expected") }
        let type = exchange.question.type.rawValue
        if answer.values.isEmpty { return (.failure(.dnsNotFound), "the name has no \(type) record") }
        guard let expected else { return (.success, "\(answer.values.count) \(type) records") }
        for value in answer.values where try expected.search(in: Array(value.utf8)) == .matches {
            return (.success, "\(answer.values.count) \(type) records, one as expected")
        }
        let found = seen.cut(answer.values.prefix(20).joined(separator: ", "))
        return (.failure(.assertion), "\(type) is \(found), expected a match of \(seen.quoted(expected))")
    }

    static let kind = CheckKind(
        name: "dns",
        summary: "Asks a name server.",
        keys: [
            SettingKey("name", .text(maximum: 254), "The name to ask for; for PTR also an address.", required: true),
            SettingKey("record", .choice(DNSRecordType.allCases.map(\.rawValue)), "The record type; default A."),
            SettingKey("server", .text(maximum: 260), "host[:port]; default the system's name server."),
            SettingKey("expect", .pattern, "An RE2 pattern that one of the records must match."),
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
            loop: resources.datagrams,
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
            seen: reader.seen,
            pool: resources.blockingPool,
            matching: resources.matchingPool
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
