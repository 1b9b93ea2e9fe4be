import HTTPTypes
import HealthCore
import HealthTesting
import Logging
import NIOCore
import Testing

@testable import HealthExporter

/// Paths, and who may read what.
struct RouteTests {
    private static func responder(_ store: StatusStore) -> ProbeResponder {
        let stalls = StallMonitor(
            progressCounters: [],
            bound: .seconds(1),
            now: .zero,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        return ProbeResponder(store: store, stalls: stalls, time: ManualTime())
    }

    /// The answer to a probe; nil for any other path.
    private static func reply(_ responder: ProbeResponder, _ uri: String) -> HTTPReply? {
        let target = RequestTarget(uri)
        guard case .probe(let probe) = EndpointMatch(path: target.path)?.endpoint.handler else { return nil }
        return responder.reply(to: probe, target)
    }

    @Test(arguments: [
        ("/livez", 200), ("/healthz", 200), ("/-/healthy", 200), ("/health", 503), ("/-/ready", 503), ("/readyz", 503),
        ("/ready?x=1", 503), ("/startupz", 503),
        ("/startup?verbose", 503), ("/livez?verbose", 200), ("/readyz?verbose=1&exclude=db", 503),
        ("http://probes:8643/livez", 200), ("HTTP://[::1]:8643/readyz?verbose", 503),
        ("https://a/startupz?verbose=1", 503),
    ])
    func aProbeAnswersUnderItsAliases(uri: String, status: Int) throws {
        let store = StatusStore(time: ManualTime(), startupTasks: ["main-listener"]) { _ in }
        let reply = try #require(Self.reply(Self.responder(store), uri))
        #expect(reply.status == status)
        #expect(reply.contentType == (uri.contains("verbose") ? "text/plain; charset=utf-8" : "application/json"))
    }

    @Test func otherPathsAreNoProbes() {
        let store = StatusStore(time: ManualTime()) { _ in }
        for path in ["/", "/metrics", "/livez/", "/LIVEZ", "", "http://livez", "http://a?/livez", "ftp://a/livez"] {
            #expect(Self.reply(Self.responder(store), path) == nil, "\(path)")
        }
    }

    @Test func theVerboseStartUpProbeSaysWhatItWaitsForAndWhy() throws {
        let store = StatusStore(time: ManualTime(), startupTasks: ["main-listener"]) { _ in }
        var registry = CheckRegistry()
        let startups: [(String, StartupRequirement)] = [
            ("db", .result), ("queue", .healthy), ("mail", .none), ("dns", .result),
        ]
        for (name, startup) in startups {
            let check = Registration.make("\(name)/a", thresholds: Thresholds(failure: 1))
            try registry.add(ComponentRegistration(name: name, startup: startup, checks: [check]))
        }
        store.apply(registry)
        func say(_ kind: ResultKind, _ name: String, _ reason: FailureReason? = nil) {
            for (handle, registration, _) in registry.checks where registration.id.component == name {
                _ = store.publish(.make(kind, reason: reason), of: handle)
            }
        }
        say(.failure, "queue", .connectRefused)
        say(.failure, "dns", .connectRefused)
        let responder = Self.responder(store)
        func text() throws -> String {
            let reply = responder.reply(to: .startup, RequestTarget("/startupz?verbose"))
            return "\(reply.status) \(String(decoding: reply.body, as: UTF8.self))"
        }
        #expect(
            try text() == """
                503 [-]main-listener failed: pending
                [-]db failed: pending
                [-]queue failed: connect_refused
                [+]dns ok
                startupz check failed

                """
        )
        say(.success, "queue")
        say(.success, "db")
        store.finishStartup(task: "main-listener")
        #expect(try text() == "200 [+]db ok\n[+]queue ok\n[+]dns ok\nstartupz check passed\n")
    }

    @Test(
        arguments: [
            ("127.0.0.1", "127.0.0.1:8642", nil, true), ("127.0.0.1", "localhost", nil, true),
            ("::1", "[::1]:8642", nil, true),
            ("::ffff:127.0.0.1", "LOCALHOST:1", nil, true), ("127.0.0.1", "health.example", nil, false),
            ("127.0.0.1", "", nil, false), ("10.0.0.1", "localhost", nil, false),
            ("127.0.0.2", "localhost", nil, false),
            ("127.0.0.1", "localhost", "X-Forwarded-For", false), ("127.0.0.1", "localhost", "Forwarded", false),
            ("127.0.0.1", "localhost", "Via", false), ("127.0.0.1", "localhost", "X-Forwarded-Anything", false),
            ("127.0.0.1", "localhost.evil.example", nil, false), ("127.0.0.1", "10.0.0.1", nil, false),
        ] as [(String, String, String?, Bool)]
    )
    func onlyThisMachineItselfIsLoopback(peer: String, host: String, header: String?, isLoopback: Bool) throws {
        var request = HTTPRequest(method: .get, scheme: "http", authority: host, path: "/health/detailed")
        if let name = header.flatMap({ HTTPField.Name($0) }) { request.headerFields[name] = "x" }
        let requester = Requester(listener: .main, peer: try SocketAddress(ipAddress: peer, port: 1))
        #expect(requester.isLoopback(request) == isLoopback && !requester.isAdmin)
        #expect(!Requester(listener: .main, peer: nil).isLoopback(request))
        #expect(Requester(listener: .adminSocket, peer: nil).isLoopback(request))
    }
}
