import HealthCore
import HealthTesting
import NIOCore
import Testing

@testable import HealthChecks

/// Connections to servers of the test, by names that resolve as the test says.
@Suite(.timeLimit(.minutes(5)))
struct ConnectorTests {
    private static let hello = ScriptedServer.Script(greeting: "hello", closes: false)

    /// What a server says first to a connection.
    private static func greeting(
        _ stage: NetworkStage,
        host: String,
        port: Int,
        version: IPVersion = .auto,
        context: RunContext = NetworkStage.context()
    ) async throws -> String {
        let target = Connector.Target(host: host, port: port, version: version)
        return try await stage.connector.withStream(to: target, context) { stream in
            while stream.buffer.count < 5 { try await stream.more() }
            return String(decoding: stream.buffer, as: UTF8.self)
        }
    }

    private static func wait(until isTrue: () -> Bool) async {
        while !isTrue() { try? await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func aNameIsResolvedAndConnectedTo() async throws {
        let server = try await ScriptedServer([Self.hello])
        let stage = NetworkStage(names: ["shop": ["127.0.0.1"]])
        #expect(try await Self.greeting(stage, host: "shop", port: server.port) == "hello")
        #expect(stage.lookups.value == ["shop"])
        try await server.stop()
    }

    @Test func anAddressThatRefusesIsPassedOverForOneThatAnswers() async throws {
        let (server, closed) = (try await ScriptedServer([Self.hello]), "127.0.0.9")
        let stage = NetworkStage(names: ["shop": [closed, "::1", "127.0.0.1"]])
        #expect(try await Self.greeting(stage, host: "shop", port: server.port) == "hello")
        try await server.stop()
    }

    @Test(
        arguments: [
            (["127.0.0.8", "127.0.0.9"], .connectRefused), (["::1", "127.0.0.9"], .connectRefused),
        ] as [([String], FailureReason)]
    )
    func whenNoAddressAnswersTheReasonIsTheMostTelling(addresses: [String], reason: FailureReason) async throws {
        let server = try await ScriptedServer([Self.hello])
        let port = server.port
        let context = NetworkStage.context()
        let failure = await NetworkStage.failure {
            _ = try await Self.greeting(
                NetworkStage(names: ["shop": addresses]),
                host: "shop",
                port: port,
                context: context
            )
        }
        #expect(failure?.reason == reason && failure?.message == "shop:\(port): Connection refused")
        #expect(context.phases.current == .connect && server.received.value.isEmpty)
        try await server.stop()
    }

    @Test(
        arguments: [
            ["127.0.0.1", "169.254.169.254"], ["fe80::1", "127.0.0.1"], ["::ffff:169.254.169.254"], ["0.0.0.0"],
        ]
    )
    func oneRefusedAddressRefusesTheName(addresses: [String]) async throws {
        let server = try await ScriptedServer([Self.hello])
        let context = NetworkStage.context()
        let failure = await NetworkStage.failure {
            let stage = NetworkStage(names: ["shop": addresses])
            _ = try await Self.greeting(stage, host: "shop", port: server.port, context: context)
        }
        #expect(failure?.reason == .blocked && failure?.message.contains("which is refused") == true)
        #expect(context.phases.current == .resolve && server.received.value.isEmpty)
        try await server.stop()
    }

    @Test func anAllowedNetworkIsConnectedTo() async throws {
        let server = try await ScriptedServer([Self.hello])
        let names = ["shop": ["0.0.0.0"]]
        let network = try #require(IPNetwork("0.0.0.0/32"))
        let allowing = NetworkStage(names: names, policy: AddressPolicy(allowed: [network]))
        #expect(try await Self.greeting(allowing, host: "shop", port: server.port) == "hello")
        // The same without a policy, for addresses of the machine's own configuration.
        let target = Connector.Target(host: "shop", port: server.port)
        let trusting = NetworkStage(names: names).connector.trusting()
        #expect(try await trusting.addresses(of: target, NetworkStage.context().phases).count == 1)
        try await server.stop()
    }

    @Test func aNameThatIsNotFoundFailsInThePhaseResolve() async {
        let context = NetworkStage.context()
        let failure = await NetworkStage.failure {
            _ = try await Self.greeting(NetworkStage(), host: "nowhere", port: 80, context: context)
        }
        #expect(failure?.reason == .dnsNotFound && failure?.message == "nowhere:80: nowhere has no address")
        #expect(context.phases.current == .resolve)
    }

    @Test(
        arguments: [("shop", 80, "shop:80"), ("::1", 443, "[::1]:443"), ("192.0.2.1", 1, "192.0.2.1:1")]
    )
    func aTargetIsShownAsHostAndPort(host: String, port: Int, address: String) {
        #expect(Connector.Target(host: host, port: port).address == address)
    }

    @Test func phasesFollowTheConnection() async throws {
        let script = ScriptedServer.Script(answer: "pong", end: "ping", closes: false)
        let server = try await ScriptedServer([script])
        let context = NetworkStage.context()
        let target = Connector.Target(host: "127.0.0.1", port: server.port)
        try await NetworkStage().connector.withStream(to: target, context) { stream in
            #expect(context.phases.current == .processing)
            try await stream.write(Array("ping".utf8))
            #expect(context.phases.current == .processing)
            try await stream.more()
            #expect(context.phases.current == .transfer)
        }
        #expect(server.received.value == ["ping"])
        try await server.stop()
    }

    @Test func theConnectionIsClosedWhenTheBodyThrows() async throws {
        let server = try await ScriptedServer([.init(closes: false)])
        let target = Connector.Target(host: "127.0.0.1", port: server.port)
        let failure = await NetworkStage.failure {
            try await NetworkStage().connector.withStream(to: target, NetworkStage.context()) { _ in
                throw CheckFailure(.assertion, "not what was expected")
            }
        }
        #expect(failure?.reason == .assertion && failure?.message == "127.0.0.1:\(server.port): not what was expected")
        await Self.wait { server.closed.value == 1 }
        #expect(server.resets.value == 0)
        try await server.stop()
    }

    @Test func theConnectionIsClosedWhenTheRunIsCancelled() async throws {
        let server = try await ScriptedServer([.init(closes: false)])
        let (target, isConnected) = (Connector.Target(host: "127.0.0.1", port: server.port), Box(false))
        let run = Task {
            try await NetworkStage().connector.withStream(to: target, NetworkStage.context()) { stream in
                isConnected.set(true)
                try await stream.more()
            }
        }
        await Self.wait { isConnected.value }
        run.cancel()
        await #expect(throws: (any Error).self) { try await run.value }
        await Self.wait { server.closed.value == 1 }
        try await server.stop()
    }

    @Test func connectionsThatWouldUseUpThePortsEndWithAReset() async throws {
        let server = try await ScriptedServer([Self.hello])
        // A quarter of them is for one address.
        let stage = NetworkStage(ports: 8)
        for _ in 0..<4 { _ = try await Self.greeting(stage, host: "127.0.0.1", port: server.port) }
        await Self.wait { server.closed.value == 4 }
        #expect(server.resets.value == 2)
        try await server.stop()
    }

    @Test func whatAServerSaysBeforeItClosesIsRead() async throws {
        let server = try await ScriptedServer([.init(greeting: "hello")])
        for _ in 0..<20 {
            #expect(try await Self.greeting(NetworkStage(), host: "127.0.0.1", port: server.port) == "hello")
        }
        let target = Connector.Target(host: "127.0.0.1", port: server.port)
        let failure = await NetworkStage.failure {
            try await NetworkStage().connector.withStream(to: target, NetworkStage.context()) { stream in
                while true { try await stream.more() }
            }
        }
        #expect(failure?.reason == .closedEarly)
        try await server.stop()
    }
}
