import HealthCore
import Testing

@testable import HealthChecks

/// What an `http` check sends, as its keys say.
struct HTTPRequestTests {
    private static func text(_ text: String) -> SettingNode { .text(text) }

    private static func map(_ entries: [(String, SettingNode)]) -> SettingNode {
        let position = SettingPosition(line: 1, column: 1)
        return .map(entries.map { .init(key: $0.0, position: position, value: $0.1) }, position)
    }

    private static func check(_ keys: [(String, SettingNode)], url: String = "http://h/") throws -> HTTPCheck {
        let made = KindRun.make("http", [("url", text(url))] + keys)
        return try #require(made.check as? HTTPCheck, "\(made.problems)")
    }

    @Test func withoutKeysItIsAGetOfTheURL() throws {
        let check = try Self.check([], url: "https://h:8443/a?b=c")
        let request = check.request
        #expect(request.method == "GET" && request.headers.isEmpty && request.body.isEmpty)
        #expect(request.target.authority == "h:8443" && request.target.pathAndQuery == "/a?b=c")
        #expect(request.maximumBody == 65_536 && request.version == .auto && !request.needsWholeBody)
        #expect(!check.redirects.areFollowed && !check.isSampled)
        #expect(check.target == "https://h:8443/a?b=…")
    }

    @Test func everyKeyHasItsPlaceInTheRequest() throws {
        let request = try Self.check([
            ("method", Self.text("POST")),
            ("headers", Self.map([("X-A", Self.text("1")), ("Host", Self.text("other"))])),
            ("body", Self.text("ä\n")), ("max_body", Self.text("1KiB")), ("ip", Self.text("v6")),
            ("bearer_token", Self.text("secret")),
        ]).request
        #expect(request.method == "POST" && request.body == Array("ä\n".utf8))
        #expect(request.maximumBody == 1024 && request.version == .v6)
        let headers = request.headers.map { "\($0.name): \($0.value)" }
        #expect(headers == ["X-A: 1", "Host: other", "Authorization: Bearer secret"])
    }

    @Test(
        arguments: [
            // The examples of RFC 7617 §2.
            ("Aladdin", "open sesame", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
            ("test", "123£", "Basic dGVzdDoxMjPCow=="),
            ("u", "p:q", "Basic dTpwOnE="),
        ]
    )
    func userAndPasswordAreSentAsBasicAuthentication(user: String, password: String, header: String) throws {
        let credentials = Self.map([("username", Self.text(user)), ("password", Self.text(password))])
        let headers = try Self.check([("basic_auth", credentials)]).request.headers
        #expect(headers.map { "\($0.name): \($0.value)" } == ["Authorization: \(header)"])
    }

    @Test(
        arguments: [
            ("expect_body", text("x"), true), ("reject_body", text("x"), true), ("json", map([("", text("x"))]), true),
            ("expect_header", map([("a", text("x"))]), false), ("expect_status", text("200"), false),
        ] as [(String, SettingNode, Bool)]
    )
    func theWholeBodyIsNeededForAssertionsAboutIt(key: String, value: SettingNode, isNeeded: Bool) throws {
        #expect(try Self.check([(key, value)]).request.needsWholeBody == isNeeded)
    }

    @Test(arguments: [(nil, "00"), ("false", "00"), ("true", "01")] as [(String?, String)])
    func traceparentNamesTheRunAndWhetherItIsSampled(sampled: String?, flags: String) throws {
        let check = try Self.check(sampled.map { [("trace_sampled", Self.text($0))] } ?? [])
        let trace = TraceID(high: 0x4bf9_2f35_77b3_4da6, low: 0xa3ce_929d_0e0e_4736)
        let headers = check.request(tracedBy: trace).headers
        #expect(
            headers.map { "\($0.name): \($0.value)" } == [
                "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-a3ce929d0e0e4736-\(flags)"
            ]
        )
    }

    @Test(arguments: ["traceparent", "Traceparent", "TRACEPARENT"])
    func aTraceparentOfTheConfigurationIsKept(name: String) throws {
        let check = try Self.check([("headers", Self.map([(name, Self.text("00-1-2-00"))]))])
        let headers = check.request(tracedBy: TraceID(high: 1, low: 2)).headers
        #expect(headers.map { "\($0.name): \($0.value)" } == ["\(name): 00-1-2-00"])
    }

    @Test(
        arguments: [
            ("http://h/", nil, 3), ("http://h/", "1", 4), ("https://h/", nil, 4), ("https://h/", "1", 4),
        ] as [(String, String?, Int)]
    )
    func certificatesAreMeasuredWhereTLSMayBeSpoken(url: String, redirects: String?, count: Int) throws {
        let keys = redirects.map { [("follow_redirects", Self.text($0))] } ?? []
        let measurements = try Self.check(keys, url: url).measurements
        #expect(measurements.count == count)
        #expect(measurements.contains(CertificateRecord.notAfter) == (count == 4))
    }

    @Test(
        arguments: [(nil, [200...299]), ("204", [204...204]), ("200-201", [200...201]), ("[301-302]", [301...302])]
            as [(String?, [ClosedRange<Int>])]
    )
    func expectedStatusesAreCodesAndRanges(text: String?, ranges: [ClosedRange<Int>]) throws {
        let check = try Self.check(text.map { [("expect_status", Self.text($0))] } ?? [])
        #expect(check.evaluation.assertions.status == ranges)
    }

    @Test(
        arguments: [
            ("X-A", true), ("a", true), ("!#$%&'*+-.^_`|~", true), ("", false), ("a b", false), ("a:", false),
            ("ä", false),
            ("(a)", false), ("a\n", false), ("a/b", false), ("[x]", false), ("\"a\"", false),
        ]
    )
    func namesOfHeadersAreTokens(name: String, isToken: Bool) {
        #expect(name.isHTTPToken == isToken)
    }
}

/// Redirects that an `http` check follows, and those that it does not.
struct HTTPRedirectTests {
    private static func redirect(_ status: Int = 302, to location: String) -> FaultServer.Behaviour {
        .answer("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nLocation: \(location)\r\n\r\n")
    }

    private static let good = FaultServer.Behaviour.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")

    /// The result of a check whose server redirects to a second one.
    private static func run(
        _ behaviour: (Int) -> FaultServer.Behaviour,
        _ keys: [(String, String)] = [("follow_redirects", "1")]
    ) async throws -> RunResult {
        let target = try await FaultServer(good)
        let server = try await FaultServer(behaviour(target.port))
        let url = ("url", SettingNode.text("http://127.0.0.1:\(server.port)/start"))
        let made = KindRun.make("http", [url] + keys.map { ($0.0, .text($0.1)) })
        let check = try #require(made.check, "\(made.problems)")
        let result = try #require(await KindRun.run(check))
        try await server.stop()
        try await target.stop()
        return result
    }

    @Test(arguments: [301, 302, 303, 307, 308])
    func aRedirectIsFollowedToItsTarget(status: Int) async throws {
        let result = try await Self.run { Self.redirect(status, to: "http://127.0.0.1:\($0)/next") }
        #expect(result.kind == .success, "\(result.message)")
        #expect(result.measured.contains(MeasuredValue(HTTPCheck.redirectCount, 1)))
        #expect(result.measured.contains(MeasuredValue(HTTPCheck.responseBytes, 5)))
    }

    @Test(arguments: [300, 304, 305, 399])
    func otherCodesOf3xxAreAnswers(status: Int) async throws {
        let result = try await Self.run { Self.redirect(status, to: "http://127.0.0.1:\($0)/next") }
        #expect(result.reason == .unexpectedStatus && result.message == "status \(status), expected 200-299")
        #expect(result.measured.contains(MeasuredValue(HTTPCheck.redirectCount, 0)))
    }

    @Test(
        arguments: [
            ("ftp://h/", "a redirect to what is no http or https URL"),
            ("http://u:p@h/", "a redirect to what is no http or https URL"),
            // The same server redirects again and again.
            ("/start", "more than 1 redirects"),
        ]
    )
    func whereItMayNotGoIsAFailure(location: String, message: String) async throws {
        let result = try await Self.run { _ in Self.redirect(to: location) }
        #expect(result.kind == .failure && result.reason == .redirect && result.message == message)
    }

    @Test func aRedirectWithoutATargetIsAFailure() async throws {
        let result = try await Self.run { _ in .answer("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n") }
        #expect(result.reason == .redirect && result.message == "a redirect without Location")
    }

    @Test func aBodyIsNotSentToAnotherServer() async throws {
        let keys = [("follow_redirects", "1"), ("method", "PUT"), ("body", "secret")]
        let result = try await Self.run({ Self.redirect(307, to: "http://127.0.0.1:\($0)/next") }, keys)
        #expect(result.reason == .redirect)
        #expect(result.message == "a redirect of a request with a body to another origin")
    }

    @Test func addressesThatAreForbiddenStaySo() async throws {
        let result = try await Self.run { _ in Self.redirect(to: "http://169.254.169.254/latest/meta-data") }
        #expect(result.kind == .failure && result.reason == .blocked)
    }
}
