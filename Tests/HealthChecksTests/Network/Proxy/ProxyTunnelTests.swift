import HealthCore
import HealthTesting
import NIOCore
import NIOSSL
import Testing

@testable import HealthChecks

/// Connections through proxies of the test.
@Suite(.timeLimit(.minutes(5)))
struct ProxyTunnelTests {
    private static let hello = ScriptedServer.Script(greeting: "hello", closes: false)

    /// What a server says first through a proxy.
    private static func greeting(
        _ server: ScriptedServer,
        through route: ProxyRoute,
        host: String = "shop",
        stage: NetworkStage = NetworkStage(names: ["proxy": ["127.0.0.1"]]),
        context: RunContext = NetworkStage.context()
    ) async throws -> String {
        let target = Connector.Target(host: host, port: server.port, proxy: route)
        return try await stage.connector.withStream(to: target, context) { stream in
            while stream.buffer.count < 5 { try await stream.more() }
            return String(decoding: stream.buffer, as: UTF8.self)
        }
    }

    @Test func theProxyIsAskedForTheTargetByItsName() async throws {
        let (server, proxy) = (try await ScriptedServer([Self.hello]), try await TunnelProxy())
        let stage = NetworkStage(names: ["proxy": ["127.0.0.1"]])
        let route = try ProxyRoute.test(proxy, host: "proxy", authorization: "Basic dTpw")
        #expect(try await Self.greeting(server, through: route, stage: stage) == "hello")
        let address = "shop:\(server.port)"
        #expect(
            proxy.requests.value == [
                "CONNECT \(address) HTTP/1.1\r\nHost: \(address)\r\nUser-Agent: health-exporter\r\n"
                    + "Proxy-Authorization: Basic dTpw\r\n\r\n"
            ]
        )
        #expect(Set(stage.lookups.value) == ["shop", "proxy"])
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    @Test func anIPv6TargetIsInBracketsAndNothingIsSentWithoutCredentials() async throws {
        let (server, proxy) = (try await ScriptedServer([Self.hello]), try await TunnelProxy())
        #expect(try await Self.greeting(server, through: .test(proxy), host: "2001:db8::1") == "hello")
        let request = try #require(proxy.requests.value.first)
        #expect(request.hasPrefix("CONNECT [2001:db8::1]:\(server.port) HTTP/1.1\r\n"))
        #expect(!request.contains("Authorization"))
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    @Test(arguments: [
        "HTTP/1.1 200 Connection established\r\n\r\n", "HTTP/1.0 200\r\n\r\n", "HTTP/1.1 204 \r\nA: b\r\n\r\n",
        "HTTP/1.1 200 OK\nA: b\n\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 \r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    ])
    func whateverAnAnswerOf2xxAnnouncesTheTunnelBeginsBehindIt(head: String) async throws {
        let server = try await ScriptedServer([.init(answer: "pong", end: "ping", closes: false)])
        let proxy = try await TunnelProxy(.tunnel(head: head))
        let target = Connector.Target(host: "shop", port: server.port, proxy: try .test(proxy))
        try await NetworkStage().connector.withStream(to: target, NetworkStage.context()) { stream in
            try await stream.write(Array("ping".utf8))
            while stream.buffer.count < 4 { try await stream.more() }
            #expect(stream.buffer == Array("pong".utf8))
        }
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    @Test func whatTheTargetSaysComesWithTheAnswerOrBeforeItsEnd() async throws {
        let proxy = try await TunnelProxy(.answer(TunnelProxy.head + "hello", closes: true))
        let server = try await ScriptedServer([Self.hello])
        for _ in 0..<20 { #expect(try await Self.greeting(server, through: .test(proxy)) == "hello") }
        try await proxy.stop()
        // A target that greets and closes at once.
        let (brief, carrier) = (try await ScriptedServer([.init(greeting: "hello")]), try await TunnelProxy())
        for _ in 0..<20 { #expect(try await Self.greeting(brief, through: .test(carrier)) == "hello") }
        for closing in [server.stop, brief.stop, carrier.stop] { try await closing() }
    }

    @Test(
        arguments: [
            (.answer("HTTP/1.1 407 X\r\nProxy-Authenticate: Basic\r\n\r\n", closes: false), .authentication),
            (.answer("HTTP/1.1 403 Forbidden\r\n\r\n", closes: true), .unexpectedStatus),
            (.answer("HTTP/1.1 503 X\r\nContent-Length: 5\r\n\r\nhello", closes: false), .unexpectedStatus),
            (.answer("HTTP/1.1 302 X\r\nLocation: http://x/\r\n\r\n", closes: false), .unexpectedStatus),
            (.answer("HTTP/1.1 101 X\r\n\r\n", closes: false), .unexpectedStatus),
            (.answer("SSH-2.0-OpenSSH_9.2\r\n", closes: false), .protocolError),
            (.answer("HTTP/2 200\r\n\r\n", closes: false), .protocolError),
            (.answer("HTTP/1.1 2xx OK\r\n\r\n", closes: false), .protocolError),
            (.answer("HTTP/1.1 20 OK\r\n\r\n", closes: false), .protocolError),
            (.answer("HTTP/1.1 200 OK\r\n", closes: true), .closedEarly),
            (
                .answer("HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 20_000), closes: false),
                .headersTooLarge
            ),
            (.answer(String(repeating: "HTTP/1.1 100 X\r\n\r\n", count: 20), closes: false), .protocolError),
            (.close, .closedEarly),
        ] as [(TunnelProxy.Behaviour, FailureReason)]
    )
    func aProxyThatOpensNoTunnelIsNamed(behaviour: TunnelProxy.Behaviour, reason: FailureReason) async throws {
        let (server, proxy) = (try await ScriptedServer([Self.hello]), try await TunnelProxy(behaviour))
        let (context, authorization) = (NetworkStage.context(), "Basic c2VjcmV0OnNlY3JldA==")
        let route = try ProxyRoute.test(proxy, authorization: authorization)
        let failure = await NetworkStage.failure {
            _ = try await Self.greeting(server, through: route, context: context)
        }
        #expect(failure?.reason == reason && context.phases.current == .connect, "\(failure?.message ?? "none")")
        #expect(failure?.message.hasPrefix("shop:\(server.port): proxy 127.0.0.1:\(proxy.port): ") == true)
        #expect(failure?.message.contains("c2Vj") == false && server.received.value.isEmpty)
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    @Test func aProxyThatIsNotThereIsNamed() async throws {
        let port = try await ClosedPort.next()
        let server = try HTTPTarget("http://127.0.0.1:\(port)")
        let route = ProxyRoute(server: server, authorization: nil, tls: KindRun.resources().tlsClient(nil))
        let target = Connector.Target(host: "192.0.2.1", port: 1, proxy: route)
        let failure = await NetworkStage.failure {
            try await NetworkStage().connector.connect(to: target, NetworkStage.context())
        }
        #expect(failure?.reason == .connectRefused)
        #expect(failure?.message == "192.0.2.1:1: proxy 127.0.0.1:\(port): Connection refused")
    }

    @Test func aSilentProxyIsATimeoutOfThePhaseConnectThatNamesIt() async throws {
        let proxy = try await TunnelProxy(.silence)
        let keys: [(String, SettingNode)] = [
            ("url", .text("http://192.0.2.1/")), ("proxy", .map(["url": .text("http://127.0.0.1:\(proxy.port)")])),
        ]
        let result = await KindRun.runToDeadline(try #require(KindRun.make("http", keys).check), once: .connect)
        #expect(result.kind == .timeout && result.reason == .connectTimeout)
        #expect(result.message == "no answer from the proxy within 2.0 s" && result.phases?[.request] == .zero)
        try await proxy.stop()
    }

    @Test func theTunnelIsClosedWithTheRun() async throws {
        let (server, proxy) = (try await ScriptedServer([Self.hello]), try await TunnelProxy())
        let target = Connector.Target(host: "shop", port: server.port, proxy: try .test(proxy))
        try await NetworkStage().connector.connect(to: target, NetworkStage.context())
        while server.closed.value == 0 { try await Task.sleep(for: .milliseconds(1)) }
        for closing in [server.stop, proxy.stop] { try await closing() }
    }
}

/// The answer to CONNECT, however its bytes come.
struct ProxyAnswerReaderTests {
    @Test func anAnswerIsReadByteByByteAsInOnePiece() {
        let text = "HTTP/1.1 103 X\r\n\r\nHTTP/1.1 200 OK\r\nA: \r\n\r\n"
        var (reader, steps) = (ProxyAnswerReader(), [ProxyAnswerReader.Step]())
        for byte in text.utf8 { steps.append(reader.append(ByteBuffer(bytes: [byte]))) }
        #expect(steps.dropLast().allSatisfy { $0 == .needsMore } && steps.last == .opened(ByteBuffer()))
        var other = ProxyAnswerReader()
        #expect(other.append(ByteBuffer(string: text + "rest")) == .opened(ByteBuffer(string: "rest")))
    }

    @Test func whatIsNoHTTPIsKnownBeforeItsEnd() {
        for text in [
            "S", "HTTP/2", "\r\n\r\n", "HTTP/1.1200 OK\r\n\r\n", "HTTP/1.1 1000 OK\r\n\r\n", "HTTP/1.1 600 X\n\n",
        ] {
            var reader = ProxyAnswerReader()
            guard case .failed(let reason, _) = reader.append(ByteBuffer(string: text)) else {
                Issue.record("\(text) is taken for an answer")
                continue
            }
            #expect(reason == .protocolError)
        }
    }
}
