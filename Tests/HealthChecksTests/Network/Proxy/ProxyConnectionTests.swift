import HealthCore
import HealthTesting
import NIOSSL
import Platform
import Testing

@testable import HealthChecks

/// TLS and requests through proxies of the test, be they encrypted themselves.
@Suite(.timeLimit(.minutes(5)))
struct ProxyConnectionTests {
    private static let folder = "\(#filePath)".replacing(
        "HealthChecksTests/Network/Proxy/ProxyConnectionTests.swift",
        with: "Faults/certificates"
    )

    private static func context(_ certificate: String) throws -> NIOSSLContext {
        let chain = try NIOSSLCertificate.fromPEMFile("\(folder)/\(certificate).pem").map {
            NIOSSLCertificateSource.certificate($0)
        }
        let key = try NIOSSLPrivateKey(file: "\(folder)/\(certificate).key", format: .pem)
        return try NIOSSLContext(
            configuration: .makeServerConfiguration(certificateChain: chain, privateKey: .privateKey(key))
        )
    }

    private static func options() -> TLSOptions {
        var options = TLSOptions()
        let path = "\(folder)/root.pem"
        options.authorities = SettingFile(path: path, bytes: SmallFile.read(path, limit: 100_000) ?? [])
        return options
    }

    private static func client() -> TLSClient {
        TLSClient(
            options: options(),
            time: ManualTime(),
            verifiers: CertificateVerifiers(),
            pool: BlockingPool(threads: 1)
        )
    }

    private static func route(_ proxy: TunnelProxy, isEncrypted: Bool) throws -> ProxyRoute {
        let url = isEncrypted ? "https://localhost:\(proxy.port)" : "http://localhost:\(proxy.port)"
        return ProxyRoute(server: try HTTPTarget(url), authorization: "Basic dTpw", tls: client())
    }

    private static let stage = NetworkStage(names: ["localhost": ["127.0.0.1"]])

    /// TLS from the beginning, and from a later moment on, as after STARTTLS.
    @Test(arguments: [false, true], [false, true])
    func anEncryptedTargetIsReached(proxyIsEncrypted: Bool, startsLater: Bool) async throws {
        let server = try await ScriptedServer([.init(greeting: "hello", closes: false)], tls: try Self.context("good"))
        let proxy = try await TunnelProxy(tls: proxyIsEncrypted ? try Self.context("good") : nil)
        let route = try Self.route(proxy, isEncrypted: proxyIsEncrypted)
        let target = Connector.Target(host: "localhost", port: server.port, proxy: route)
        let (tls, context) = (TLSConnection(client: Self.client(), record: CertificateRecord()), NetworkStage.context())
        let connector = Self.stage.connector
        try await connector.withStream(to: target, tls: startsLater ? nil : tls, context) { stream in
            if startsLater { try await stream.encrypt(with: tls, host: "localhost") }
            while stream.buffer.count < 5 { try await stream.more() }
            #expect(stream.buffer == Array("hello".utf8))
        }
        #expect(tls.record.certificates.count == 2 && tls.record.failure == nil)
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    @Test func anEncryptedProxyThatIsNotTrustedIsNamed() async throws {
        let server = try await ScriptedServer([.init(greeting: "hello", closes: false)])
        for (certificate, reason) in [("expired", .tlsExpired), ("wrong-host", .tlsHostname)]
            as [(String, FailureReason)]
        {
            let proxy = try await TunnelProxy(tls: try Self.context(certificate))
            let route = try Self.route(proxy, isEncrypted: true)
            let context = NetworkStage.context()
            let target = Connector.Target(host: "localhost", port: server.port, proxy: route)
            let failure = await NetworkStage.failure {
                try await Self.stage.connector.withStream(to: target, context) { _ in }
            }
            #expect(failure?.reason == reason && context.phases.current == .connect, "\(failure?.message ?? "none")")
            #expect(failure?.message.contains("proxy localhost:\(proxy.port): ") == true)
            #expect(proxy.requests.value.isEmpty)
            try await proxy.stop()
        }
        try await server.stop()
    }

    @Test func whatIsWrongWithTheTargetBehindATunnelIsSaidOfTheTarget() async throws {
        let server = try await ScriptedServer([.init(greeting: "x", closes: false)], tls: try Self.context("expired"))
        let proxy = try await TunnelProxy()
        let route = try Self.route(proxy, isEncrypted: false)
        let target = Connector.Target(host: "localhost", port: server.port, proxy: route)
        let (tls, context) = (TLSConnection(client: Self.client(), record: CertificateRecord()), NetworkStage.context())
        let failure = await NetworkStage.failure {
            try await Self.stage.connector.withStream(to: target, tls: tls, context) { _ in }
        }
        #expect(failure?.reason == .tlsExpired && context.phases.current == .tls)
        #expect(failure?.message.contains("proxy") == false)
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    /// Each kind that has the key, with what it sends first.
    @Test(arguments: [
        ("http", "url", "http://shop.test:#/", "GET / HTTP/1.1"), ("tcp", "address", "shop.test:#", ""),
        ("tls", "address", "shop.test:#", "\u{16}\u{3}\u{1}"), ("grpc", "address", "shop.test:#", "PRI * HTTP/2.0"),
        ("redis", "url", "redis://shop.test:#/0", "*1\r\n$4\r\nPING"),
    ])
    func everyKindWithTheKeyGoesThroughTheProxy(kind: String, key: String, value: String, first: String) async throws {
        let server = try await FaultServer(.closeWhenAsked)
        let proxy = try await TunnelProxy()
        let keys: [(String, SettingNode)] = [
            (key, .text(value.replacing("#", with: "\(server.port)"))),
            ("proxy", .map(["url": .text("http://127.0.0.1:\(proxy.port)"), "username": "u", "password": "p"])),
        ]
        let check = try #require(KindRun.make(kind, keys).check)
        #expect(check.phases.contains(.resolve))
        let result = try #require(await KindRun.run(check))
        #expect(result.reason == (kind == "tcp" ? nil : .closedEarly), "\(result.message)")
        #expect(proxy.requests.value.first?.hasPrefix("CONNECT shop.test:\(server.port) HTTP/1.1\r\n") == true)
        #expect(proxy.requests.value.first?.contains("Proxy-Authorization: Basic dTpw\r\n") == true)
        #expect(proxy.carried.value.hasPrefix(first), "\(proxy.carried.value)")
        for closing in [server.stop, proxy.stop] { try await closing() }
    }

    @Test func theProxysCredentialsDoNotReachTheTarget() async throws {
        let server = try await ScriptedServer([.init(answer: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")])
        let proxy = try await TunnelProxy()
        var request = HTTPClient.Request(target: try HTTPTarget("http://shop:\(server.port)/"))
        var settings = ProxySettings()
        settings.server = try HTTPTarget("http://localhost:\(proxy.port)")
        (settings.username, settings.password) = ("u", "p")
        request.proxies = ProxyRules(settings: settings, tls: Self.client())
        let tls = TLSConnection(client: Self.client(), record: CertificateRecord())
        let client = HTTPClient(connector: Self.stage.connector)
        #expect(try await client.send(request, tls: tls, NetworkStage.context()).status == 200)
        #expect(server.received.value.first?.hasPrefix("GET / HTTP/1.1\r\n") == true)
        #expect(server.received.value.first?.contains("Authorization") == false)
        for closing in [server.stop, proxy.stop] { try await closing() }
    }
}
