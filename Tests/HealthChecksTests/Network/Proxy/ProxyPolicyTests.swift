import HealthCore
import HealthTesting
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import HealthChecks

/// The address policy counts for the address that is really connected to, whichever way leads there.
@Suite(.timeLimit(.minutes(5)))
struct ProxyPolicyTests {
    private static let hello = ScriptedServer.Script(greeting: "hello", closes: false)

    private static func failure(
        _ host: String,
        _ stage: NetworkStage,
        through route: ProxyRoute?
    ) async -> CheckFailure? {
        let target = Connector.Target(host: host, port: 80, proxy: route)
        return await NetworkStage.failure {
            try await stage.connector.withStream(to: target, NetworkStage.context()) { _ in }
        }
    }

    @Test(arguments: [
        "169.254.169.254", "169.254.169.254.", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fe80::1%eth0",
        "0.0.0.0",
        "2852039166", "0xa9fea9fe", "0251.0376.0251.0376", "169.254.43518", "169.0xfea9fe", "224.0.0.1",
        "fd00:ec2::254",
        "metadata.google.internal", "METADATA.google.internal.", "instance-data", "168.63.129.16",
    ])
    func anAddressThatIsRefusedIsRefusedThroughAProxyToo(host: String) async throws {
        let proxy = try await TunnelProxy()
        let failure = await Self.failure(host, NetworkStage(), through: try .test(proxy))
        #expect(failure?.reason == .blocked, "\(failure?.message ?? "none")")
        #expect(failure?.message.contains("which is refused, also by way of a proxy") == true)
        #expect(proxy.requests.value.isEmpty)
        try await proxy.stop()
    }

    @Test(arguments: [["169.254.1.1"], ["127.0.0.1", "::ffff:169.254.169.254"]])
    func aNameThatIsKnownHereAsARefusedAddressIsRefused(addresses: [String]) async throws {
        let proxy = try await TunnelProxy()
        let failure = await Self.failure("shop", NetworkStage(names: ["shop": addresses]), through: try .test(proxy))
        #expect(failure?.reason == .blocked && proxy.requests.value.isEmpty)
        try await proxy.stop()
    }

    @Test func anAllowedNetworkIsAllowedThroughAProxyToo() async throws {
        let (server, proxy) = (try await ScriptedServer([Self.hello]), try await TunnelProxy())
        let network = try #require(IPNetwork("169.254.169.254"))
        let stage = NetworkStage(policy: AddressPolicy(allowed: [network]))
        for host in ["169.254.169.254", "metadata.google.internal"] {
            let target = Connector.Target(host: host, port: server.port, proxy: try .test(proxy))
            try await stage.connector.withStream(to: target, NetworkStage.context()) { try await $0.more() }
        }
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    @Test(arguments: [["169.254.1.1"], ["127.0.0.1", "fe80::1"], ["::ffff:169.254.169.254"]])
    func aProxyAtARefusedAddressIsRefused(addresses: [String]) async throws {
        let proxy = try await TunnelProxy()
        let stage = NetworkStage(names: ["proxy": addresses])
        let failure = await Self.failure("192.0.2.1", stage, through: try .test(proxy, host: "proxy"))
        #expect(failure?.reason == .blocked && proxy.requests.value.isEmpty)
        #expect(failure?.message.contains("proxy proxy:\(proxy.port): proxy is ") == true, "\(failure?.message ?? "")")
        try await proxy.stop()
    }

    @Test func aNameThatOnlyTheProxyKnowsIsLeftToIt() async throws {
        let (server, proxy) = (try await ScriptedServer([Self.hello]), try await TunnelProxy())
        let stage = NetworkStage()
        let target = Connector.Target(host: "inside", port: server.port, proxy: try .test(proxy))
        try await stage.connector.withStream(to: target, NetworkStage.context()) { try await $0.more() }
        #expect(stage.lookups.value == ["inside"])
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    @Test func aLookupThatHangsIsNotWaitedFor() async throws {
        let (server, proxy) = (try await ScriptedServer([Self.hello]), try await TunnelProxy())
        let (begun, isOver) = (Box(false), Box(false))
        let resolver = HealthChecks.Resolver(pool: BlockingPool(threads: 1, for: .names)) { _ in
            begun.set(true)
            while !isOver.value {}
            throw CheckFailure(.dnsTimeout, "late")
        }
        let policy = ProxiedTargetPolicy(resolver: resolver, policy: AddressPolicy())
        let context = RunContext(
            traceID: TraceID(high: 0, low: 1),
            timeout: .milliseconds(40),
            phases: PhaseTimer(time: ManualTime())
        )
        // The second has no thread, and must not be taken for one that waits for a thread of this process.
        for host in ["slow", "slower"] {
            try await policy.check(.init(host: host, port: 80, proxy: try .test(proxy)), context)
            #expect(!context.phases.isBlocked)
        }
        #expect(begun.value)
        isOver.set(true)
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    /// A name server that gives another address each time: what was evaluated is what is connected to.
    @Test func aNameThatChangesBetweenLookupAndConnectionIsConnectedToAsItWasEvaluated() async throws {
        let server = try await ScriptedServer([Self.hello])
        let count = Mutex(0)
        let resolver = HealthChecks.Resolver(pool: BlockingPool(threads: 1, for: .names)) { _ in
            let number = count.withLock { count in
                count += 1
                return count
            }
            return [try SocketAddress(ipAddress: number % 2 == 1 ? "127.0.0.1" : "169.254.169.254", port: 0)]
        }
        let connector = Connector(
            group: MultiThreadedEventLoopGroup.singleton,
            resolver: resolver,
            policy: AddressPolicy(),
            ports: PortBudget(ports: 100_000)
        )
        let target = Connector.Target(host: "rebinding", port: server.port)
        var reasons: [FailureReason?] = []
        for _ in 0..<4 {
            let failure = await NetworkStage.failure {
                try await connector.withStream(to: target, NetworkStage.context()) { try await $0.more() }
            }
            reasons.append(failure?.reason)
        }
        #expect(reasons == [nil, .blocked, nil, .blocked] && server.received.value.count == 2)
        #expect(count.withLock { $0 } == 4)
        try await server.stop()
    }

    @Test(arguments: [false, true])
    func eachHopOfARedirectIsEvaluated(usesProxy: Bool) async throws {
        let location = "http://[::ffff:169.254.169.254]/latest/meta-data/"
        let server = try await ScriptedServer([
            .init(answer: "HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: \(location)\r\n\r\n")
        ])
        let proxy = try await TunnelProxy()
        var keys: [(String, SettingNode)] = [
            ("url", .text("http://127.0.0.1:\(server.port)/")), ("follow_redirects", "1"),
        ]
        if usesProxy { keys.append(("proxy", .map(["url": .text("http://127.0.0.1:\(proxy.port)")]))) }
        let check = try #require(KindRun.make("http", keys).check)
        let result = try #require(await KindRun.run(check))
        #expect(result.reason == .blocked && result.message.contains("169.254.169.254"), "\(result.message)")
        #expect(proxy.requests.value.count == (usesProxy ? 1 : 0))
        for closing in [server.stop, proxy.stop] { try await closing() }
    }
}
