import HealthCore
import Testing

@testable import HealthChecks

/// What an HTTP check says of servers that behave in every way.
struct HTTPCheckTests {
    private static func answer(
        _ status: String,
        _ body: String = "hello",
        headers: String = ""
    ) -> FaultServer.Behaviour {
        .answer("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)")
    }

    private static func run(
        _ behaviour: FaultServer.Behaviour,
        _ keys: [(String, String)] = [],
        timeout: Duration = .seconds(60)
    ) async throws -> RunResult {
        let server = try await FaultServer(behaviour)
        let url = ("url", SettingNode.text("http://127.0.0.1:\(server.port)/path?q=1"))
        let made = KindRun.make("http", [url] + keys.map { ($0.0, .text($0.1)) })
        let check = try #require(made.check, "\(made.problems)")
        let result = try #require(await KindRun.run(check, timeout: timeout))
        try await server.stop()
        return result
    }

    @Test(
        arguments: [
            (answer("200 OK"), [], .success, nil),
            (answer("204 No Content", ""), [], .success, nil),
            (answer("500 Oops"), [], .failure, .unexpectedStatus),
            (answer("302 Found", headers: "Location: /x\r\n"), [], .failure, .unexpectedStatus),
            (answer("302 Found"), [("expect_status", "302")], .success, nil),
            (answer("500 Oops"), [("on_other_status", "degraded")], .degraded, .unexpectedStatus),
            (answer("200 OK"), [("expect_body", "^hel+o$")], .success, nil),
            (answer("200 OK"), [("expect_body", "bye")], .failure, .assertion),
            (answer("200 OK", String(repeating: "x", count: 2000)), [("max_body", "1000")], .success, nil),
            (
                answer("200 OK", String(repeating: "x", count: 2000)), [("max_body", "1000"), ("expect_body", "x")],
                .failure, .bodyTooLarge
            ),
            (
                answer("200 OK", String(repeating: "x", count: 1000)), [("max_body", "1000"), ("expect_body", "x$")],
                .success, nil
            ),
            (
                answer("200 OK", String(repeating: "a", count: 40) + "b"), [("expect_body", "(a+)+$")], .failure,
                .assertion
            ),
            (.endlessBody, [], .success, nil),
            // Enough was read, and the rest never comes.
            (.stall("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789"), [("max_body", "10")], .success, nil),
            (.endlessBody, [("expect_body", "y")], .failure, .bodyTooLarge),
            (.closeAtOnce, [], .failure, nil),
            (.closeWhenAsked, [], .failure, .closedEarly),
            (.resetWhenAsked, [], .failure, .connectionReset),
            (.answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), [], .failure, .closedEarly),
            (.answer("HTTP/1.1 200 OK\r\nContent-Le"), [], .failure, .closedEarly),
            (.answer("SSH-2.0-OpenSSH_9.2\r\n"), [], .failure, .protocolError),
            (.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), [], .failure, .protocolError),
            (
                .answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"), [], .failure,
                .protocolError
            ),
            (
                .answer("HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 10_000)), [], .failure,
                .headersTooLarge
            ),
            (
                .answer("HTTP/1.1 200 OK\r\na: " + String(repeating: "b", count: 100_000)), [], .failure,
                .headersTooLarge
            ),
            (.answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), [], .success, nil),
        ] as [(FaultServer.Behaviour, [(String, String)], ResultKind, FailureReason?)]
    )
    func judges(
        behaviour: FaultServer.Behaviour,
        keys: [(String, String)],
        kind: ResultKind,
        reason: FailureReason?
    ) async throws {
        let result = try await Self.run(behaviour, keys)
        #expect(result.kind == kind, "\(result.message)")
        if behaviour == .closeAtOnce {
            // Whether the request was still sent decides which of the two the kernel says.
            #expect([.closedEarly, .connectionReset].contains(result.reason))
        } else {
            #expect(result.reason == reason, "\(result.message)")
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: [RunPhase.processing, .transfer])
    func whoeverDoesNotFinishTimesOutAtTheDeadline(phase: RunPhase) async throws {
        let slow = "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "x", count: 100_000)
        let server = try await FaultServer(phase == .processing ? .silence : .drip(slow))
        let check = try #require(KindRun.make("http", [("url", .text("http://127.0.0.1:\(server.port)/"))]).check)
        let result = await KindRun.runToDeadline(check, once: phase)
        #expect(result.kind == .timeout && result.reason == .timeout && result.duration == .seconds(2))
        let phases = try #require(result.phases)
        let sum = RunPhase.allCases.reduce(Duration.zero) { $0 + phases[$1] }
        #expect(phases[phase] == .seconds(2) && sum == .seconds(2) && phases[.tls] == .zero)
        try await server.stop()
    }

    @Test func aClosedPortRefuses() async throws {
        let port = try await ClosedPort.next()
        for (kind, key, value) in [
            ("http", "url", "http://127.0.0.1:\(port)/"), ("tcp", "address", "127.0.0.1:\(port)"),
        ] {
            let check = try #require(KindRun.make(kind, [(key, .text(value))]).check)
            let result = try #require(await KindRun.run(check))
            #expect(result.kind == .failure && result.reason == .connectRefused)
            let phases = try #require(result.phases)
            #expect(phases[.connect] > .zero && phases[.request] == .zero && phases[.processing] == .zero)
        }
    }

    @Test(arguments: [
        "http://169.254.169.254/", "http://[::ffff:169.254.169.254]/", "http://2852039166/", "http://0.0.0.0:1/",
    ])
    func forbiddenAddressesAreBlocked(url: String) async throws {
        let check = try #require(KindRun.make("http", [("url", .text(url))]).check)
        let result = try #require(await KindRun.run(check))
        #expect(result.reason == .blocked && result.phases?[.connect] == .zero)
    }

    @Test func measuresWhatItDeclares() async throws {
        let result = try await Self.run(Self.answer("201 Created"))
        #expect(
            result.measured == [
                MeasuredValue(HTTPCheck.statusCode, 201), MeasuredValue(HTTPCheck.responseBytes, 5),
                MeasuredValue(HTTPCheck.redirectCount, 0),
            ]
        )
    }

    @Test(arguments: [
        ("http://h", "h", 80, "/", "h"), ("https://h/a?b=c", "h", 443, "/a?b=c", "h"),
        ("http://[::1]:8080/x", "::1", 8080, "/x", "[::1]:8080"),
        ("http://h:80/%20", "h", 80, "/%20", "h"), ("HTTP://H:81?x", "H", 81, "/?x", "H:81"),
    ])
    func takesURLsApart(url: String, host: String, port: Int, path: String, authority: String) throws {
        let target = try HTTPTarget(url)
        #expect(
            target.host == host && target.port == port && target.pathAndQuery == path && target.authority == authority
        )
    }

    @Test(arguments: [
        "ftp://h/", "h", "", "http://", "http://h:0/", "http://h:99999/", "http://h/a b", "http://h/\u{0}",
        "http://u@h/", "http://u:p@h/",
    ])
    func refusesWhatIsNoTarget(url: String) {
        #expect(throws: HTTPTarget.Problem.self) { try HTTPTarget(url) }
    }
}
