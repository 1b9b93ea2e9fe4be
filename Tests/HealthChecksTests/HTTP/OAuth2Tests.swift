import HealthCore
import HealthTesting
import NIOPosix
import Testing

@testable import HealthChecks

/// `http` checks with a token, a token endpoint and a target of the test.
@Suite(.timeLimit(.minutes(5)))
struct OAuth2Tests {
    private static func answer(_ status: Int, _ body: String) -> String {
        "HTTP/1.1 \(status) X\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private static func endpoint(_ bodies: [(Int, String)], end: String = "credentials") async throws -> ScriptedServer
    {
        try await ScriptedServer(bodies.map { .init(answer: answer($0.0, $0.1), end: end) })
    }

    private static func token(_ value: String, _ more: String = "") -> (Int, String) {
        (200, #"{"access_token":"\#(value)","token_type":"Bearer","expires_in":3600\#(more)}"#)
    }

    private static func target(_ bodies: [(Int, String)]) async throws -> ScriptedServer {
        try await ScriptedServer(bodies.map { .init(answer: answer($0.0, $0.1)) })
    }

    private static func check(
        _ target: Int,
        _ endpoint: Int,
        _ resources: CheckResources = KindRun.resources(),
        keys: [(String, SettingNode)] = [],
        oauth2 more: [(String, SettingNode)] = []
    ) throws -> any HealthCheck {
        let position = SettingPosition(line: 1, column: 1)
        let oauth2: [(String, SettingNode)] =
            [
                ("token_url", .text("http://127.0.0.1:\(endpoint)/token?x=y")), ("client_id", "me"),
                ("client_secret", "s3cr&t"),
            ] + more
        let node = SettingNode.map(oauth2.map { .init(key: $0.0, position: position, value: $0.1) }, position)
        let made = KindRun.make(
            "http",
            [("url", .text("http://127.0.0.1:\(target)/")), ("oauth2", node)] + keys,
            resources
        )
        return try #require(made.check, "\(made.problems)")
    }

    private static func stop(_ servers: ScriptedServer...) async throws {
        for server in servers { try await server.stop() }
    }

    @Test func theClientsTokenIsFetchedAndSent() async throws {
        let endpoint = try await Self.endpoint([Self.token("abc-123")], end: "audience=a%2Fb+c")
        let target = try await Self.target([(200, "ok")])
        let position = SettingPosition(line: 1, column: 1)
        let check = try Self.check(
            target.port,
            endpoint.port,
            oauth2: [
                ("scopes", .list(["read", "write:all"], position)), ("endpoint_params", .map(["audience": "a/b c"])),
            ]
        )
        let result = try #require(await KindRun.run(check))
        #expect(result.kind == .success, "\(result.message)")
        #expect(check.phases == RunPhase.allCases)
        let form = "grant_type=client_credentials&scope=read+write%3Aall&audience=a%2Fb+c"
        // `me` and `s3cr%26t`: each is encoded before they are joined.
        let expected =
            "POST /token?x=y HTTP/1.1\r\nHost: 127.0.0.1:\(endpoint.port)\r\nUser-Agent: health-exporter\r\n"
            + "Accept-Encoding: identity\r\nConnection: close\r\n"
            + "Content-Length: \(form.utf8.count)\r\nAuthorization: Basic bWU6czNjciUyNnQ=\r\n"
            + "Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n\(form)"
        #expect(endpoint.received.value == [expected])
        #expect(target.received.value.first?.contains("\r\nAuthorization: Bearer abc-123\r\n") == true)
        try await Self.stop(endpoint, target)
    }

    @Test func checksWithTheSameSettingsShareATokenAndOthersDoNot() async throws {
        let endpoint = try await Self.endpoint([Self.token("one"), Self.token("two")])
        let target = try await Self.target([(200, "ok")])
        let resources = KindRun.resources()
        let first = try Self.check(target.port, endpoint.port, resources)
        let second = try Self.check(target.port, endpoint.port, resources.renewed(), keys: [("max_body", "1KiB")])
        for check in [first, second, first] { #expect(await KindRun.run(check)?.kind == .success) }
        #expect(endpoint.received.value.count == 1)
        let other = try Self.check(target.port, endpoint.port, resources, oauth2: [("scopes", "x")])
        _ = await KindRun.runToDeadline(other, once: .processing)
        while endpoint.received.value.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
        try await Self.stop(endpoint, target)
    }

    @Test func aTokenThatTheTargetRefusesIsReplacedOnce() async throws {
        let endpoint = try await Self.endpoint([Self.token("old"), Self.token("new"), Self.token("newest")])
        let target = try await Self.target([(200, "ok"), (401, "no"), (200, "ok"), (401, "no"), (401, "no")])
        let time = ManualTime()
        let resources = CheckResources(
            configuration: .init { _ in nil },
            group: MultiThreadedEventLoopGroup.singleton,
            time: time
        )
        let check = try Self.check(target.port, endpoint.port, resources)
        #expect(await KindRun.run(check)?.kind == .success)
        time.advance(by: .seconds(60))
        #expect(await KindRun.run(check)?.kind == .success)
        #expect(endpoint.received.value.count == 2)
        let sent = target.received.value.map {
            $0.contains("Bearer old") ? "old" : $0.contains("Bearer new\r\n") ? "new" : ""
        }
        #expect(sent == ["old", "old", "new"])
        time.advance(by: .seconds(60))
        let refused = try #require(await KindRun.run(check))
        #expect(refused.reason == .unexpectedStatus && refused.message == "status 401, expected 200-299")
        #expect(endpoint.received.value.count == 3 && target.received.value.count == 5)
        // The newest is too young to be replaced.
        #expect(await KindRun.run(check)?.reason == .unexpectedStatus)
        #expect(endpoint.received.value.count == 3 && target.received.value.count == 6)
        try await Self.stop(endpoint, target)
    }

    @Test(
        arguments: [
            ((400, #"{"error":"invalid_client"}"#), .authentication, #"status 400 and the error "invalid_client""#),
            ((401, ""), .authentication, "it answered with status 401"),
            ((400, #"{"error":"bad s3cr&t"}"#), .authentication, #"the error "bad <secret>""#),
            ((503, "oops"), .unexpectedStatus, "it answered with status 503"),
            ((302, ""), .unexpectedStatus, "it answered with status 302"),
            ((200, "<html>"), .protocolError, "its answer has no access_token"),
            ((200, #"{"access_token":7}"#), .protocolError, "its answer has no access_token"),
            ((200, #"{"access_token":"a\nb"}"#), .protocolError, "its access_token can't be sent in a header"),
            ((200, #"{"access_token":"a","token_type":"mac"}"#), .protocolError, #"its token_type is "mac""#),
            ((200, #"{"access_token":"a","expires_in":[]}"#), .protocolError, "its expires_in is no number"),
            ((200, String(repeating: "x", count: 70_000)), .bodyTooLarge, "its answer is larger than 65536 bytes"),
        ] as [((Int, String), FailureReason, String)]
    )
    func anEndpointThatGivesNoTokenIsNamed(said: (Int, String), reason: FailureReason, message: String) async throws {
        let (endpoint, target) = (try await Self.endpoint([said]), try await Self.target([(200, "ok")]))
        let result = try #require(await KindRun.run(try Self.check(target.port, endpoint.port)))
        #expect(result.reason == reason && result.message.contains(message), "\(result.message)")
        let name = "the token endpoint http://127.0.0.1:\(endpoint.port)/token?x=…: "
        #expect(result.message.hasPrefix(name) && target.received.value.isEmpty)
        try await Self.stop(endpoint, target)
    }

    @Test(arguments: ["BEARER", "bearer", nil])
    func theTypeOfATokenIsBearerInAnyCase(type: String?) async throws {
        let member = type.map { #","token_type":"\#($0)""# } ?? ""
        let endpoint = try await Self.endpoint([(200, #"{"access_token":"a","expires_in":"3600"\#(member)}"#)])
        let target = try await Self.target([(200, "ok")])
        #expect(await KindRun.run(try Self.check(target.port, endpoint.port))?.kind == .success)
        try await Self.stop(endpoint, target)
    }

    @Test func anEndpointThatIsNotThereRefusedOrSilentIsNamed() async throws {
        let target = try await Self.target([(200, "ok")])
        let port = try await ClosedPort.next()
        let refused = try #require(await KindRun.run(try Self.check(target.port, port)))
        #expect(refused.reason == .connectRefused && refused.message.hasPrefix("the token endpoint "))
        let url = ("token_url", SettingNode.text("http://169.254.169.254/token"))
        let keys = [url, ("client_id", "me"), ("client_secret", "secret")]
        let position = SettingPosition(line: 1, column: 1)
        let oauth2 = SettingNode.map(keys.map { .init(key: $0.0, position: position, value: $0.1) }, position)
        let made = KindRun.make("http", [("url", .text("http://127.0.0.1:\(target.port)/")), ("oauth2", oauth2)])
        let check = try #require(made.check)
        let blocked = try #require(await KindRun.run(check))
        #expect(blocked.reason == .blocked && blocked.message.hasPrefix("the token endpoint "))
        let silent = try await FaultServer(.silence)
        let late = await KindRun.runToDeadline(try Self.check(target.port, silent.port), once: .processing)
        #expect(late.kind == .timeout && late.message == "no answer from the token endpoint within 2.0 s")
        try await silent.stop()
        try await Self.stop(target)
    }

    @Test func noTokenIsSeenInWhatATargetEchoes() async throws {
        let token = "eyJhbGciOiJub25lIn0.c2VjcmV0LWNhbmFyeQ"
        let endpoint = try await Self.endpoint([Self.token(token)])
        let target = try await Self.target([
            (200, "you sent Bearer \(token) to me"), (200, String(repeating: "x", count: 60) + token),
        ])
        let check = try Self.check(target.port, endpoint.port, keys: [("expect_body", "nothing of it")])
        let first = try #require(await KindRun.run(check))
        #expect(first.message.contains("you sent Bearer <secret> to me") && !first.message.contains("eyJ"))
        // Where a message is cut, no beginning of it is left.
        let second = try #require(await KindRun.run(check))
        #expect(!second.message.contains("eyJ") && second.message.contains("xxx"))
        try await Self.stop(endpoint, target)
    }

    @Test func theTokenGoesToItsOriginOnly() async throws {
        let (endpoint, other) = (try await Self.endpoint([Self.token("abc-123")]), try await Self.target([(401, "no")]))
        let redirect = "HTTP/1.1 302 X\r\nContent-Length: 0\r\nLocation: http://127.0.0.1:\(other.port)/\r\n\r\n"
        let target = try await ScriptedServer([.init(answer: redirect)])
        let check = try Self.check(target.port, endpoint.port, keys: [("follow_redirects", "1")])
        let result = try #require(await KindRun.run(check))
        #expect(result.reason == .unexpectedStatus && endpoint.received.value.count == 1)
        #expect(other.received.value.first?.contains("abc-123") == false)
        try await Self.stop(endpoint, target, other)
    }

    @Test(arguments: [nil, "off"] as [String?])
    func theEndpointIsReachedAsTheCheckIsUnlessItSaysOtherwise(proxy: String?) async throws {
        let (endpoint, target) = (
            try await Self.endpoint([Self.token("abc-123")]), try await Self.target([(200, "ok")])
        )
        let carrier = try await TunnelProxy()
        let check = try Self.check(
            target.port,
            endpoint.port,
            keys: [("proxy", .map(["url": .text("http://127.0.0.1:\(carrier.port)")]))],
            oauth2: proxy.map { [("proxy", .text($0))] } ?? []
        )
        #expect(await KindRun.run(check)?.kind == .success)
        #expect(carrier.requests.value.count == (proxy == nil ? 2 : 1))
        try await carrier.stop()
        try await Self.stop(endpoint, target)
    }

    @Test(arguments: [("a b", "a+b"), ("a-b_c.d*", "a-b_c.d*"), ("ä/~\n", "%C3%A4%2F%7E%0A"), ("=&+%", "%3D%26%2B%25")])
    func aFormIsEncoded(text: String, encoded: String) {
        #expect(AccessTokenRequest.encoded(text) == encoded)
    }
}
