import HealthCore
import NIOCore

/// Sends one question to a name server, and evaluates its answer.
struct DNSCheck: HealthCheck {
    /// The kind `dns`.
    static let kind = CheckKind(
        name: "dns",
        summary: "Queries a name server and evaluates the answer.",
        measurements: [DNSEvaluation.answers],
        settings: DNSSettings.self
    )

    /// The question, and what its answer must be.
    let settings: DNSSettings
    /// Resolves the name of the name server.
    let connector: Connector
    /// Sends the question.
    let exchange: DNSExchange
    /// Quotes records.
    let seen: SeenText
    /// Reads resolv.conf.
    let pool: BlockingPool
    /// For patterns that take longer than the event loop may wait.
    let matching: BlockingPool

    /// A check with the threads and sockets of these resources.
    init(settings: DNSSettings, resources: CheckResources, seen: SeenText) {
        self.settings = settings
        self.seen = seen
        connector = resources.connector
        exchange = DNSExchange(
            loop: resources.datagrams,
            // The system's configuration is trusted, link-local addresses included.
            connector: settings.server == nil ? resources.connector.trusting() : resources.connector,
            question: settings.question
        )
        pool = resources.blockingPool
        matching = resources.matchingPool
    }

    /// The number of records of the type asked for.
    var measurements: [Measurement] { [DNSEvaluation.answers] }
    /// True: a run goes over the network, in phases.
    var connects: Bool { true }
    /// The request itself.
    var phases: [RunPhase] {
        [.resolve]
    }
    /// In the form of the arguments of dig(1).
    var target: String? {
        let question = "\(settings.question.name.text.dropLast()) \(settings.question.type.rawValue)"
        return settings.server.map { "\(question) @\($0.target(settings.version).address)" } ?? question
    }

    func run(_ context: RunContext) async throws -> CheckReport {
        let server = try await serverAddress(context)
        // The exchange with the name server is this kind's phase `resolve`; its timeout has the reason dns_timeout.
        context.phases.enter(.resolve)
        let answer = try await exchange.query(server, context)
        context.phases.finish()
        let evaluation = DNSEvaluation(settings: settings, seen: seen)
        if evaluation.isQuick(answer) { return try evaluation.report(on: answer) }
        return try await matching.run(context.phases) { try evaluation.report(on: answer) }
    }

    private func serverAddress(_ context: RunContext) async throws -> SocketAddress {
        if let server = settings.server?.target(settings.version) {
            let addresses = try await connector.addresses(of: server, context.phases)
            guard let first = addresses.first else { throw CheckFailure(.dnsNotFound, "\(server.host) has no address") }
            return first
        }
        guard let address = try await pool.run(context.phases, about: "resolv.conf", { SystemResolver.server() }) else {
            throw CheckFailure(.internal, "no name server is configured on this machine")
        }
        return address
    }
}
