import HealthCore
import HealthTesting
import NIOHTTP1
import Testing

@testable import HealthChecks

/// Requests on the wire, and redirects.
@Suite(.timeLimit(.minutes(5)))
struct HTTPClientTests {
    private static func response(_ status: Int, _ headers: String..., body: String = "") -> ScriptedServer.Script {
        let fields = (headers + ["Content-Length: \(body.utf8.count)"]).map { "\($0)\r\n" }.joined()
        return .init(answer: "HTTP/1.1 \(status) X\r\n\(fields)\r\n\(body)")
    }

    private static let stage = NetworkStage(names: ["shop": ["127.0.0.1"], "other": ["127.0.0.1"]])

    private static func tls() -> TLSConnection {
        let client = TLSClient(
            time: ManualTime(),
            verifiers: CertificateVerifiers(),
            pool: BlockingPool(threads: 1)
        )
        return TLSConnection(client: client, record: CertificateRecord())
    }

    private static func send(
        _ request: HTTPClient.Request,
        redirects limit: Int = 0
    ) async throws -> (answer: HTTPAnswer, redirects: Int, hadHeaders: Bool) {
        let client = HTTPClient(connector: stage.connector)
        return try await HTTPRedirects(client: client, limit: limit)
            .send(request, tls: tls(), NetworkStage.context())
    }

    private static func request(
        _ url: String,
        method: String = "GET",
        headers: [(name: String, value: String)] = [],
        body: String = ""
    ) throws -> HTTPClient.Request {
        .init(target: try HTTPTarget(url), method: method, headers: headers, body: Array(body.utf8))
    }

    @Test func aRequestHasTheHeadersThatServersExpect() async throws {
        let server = try await ScriptedServer([Self.response(200, "X-A: 1", "X-A: 2", body: "ok")])
        let sent = try await Self.send(try Self.request("http://shop:\(server.port)/a%20b?c=d"))
        #expect(sent.answer.status == 200 && sent.answer.headers["x-a"] == ["1", "2"] && sent.redirects == 0)
        let host = "Host: shop:\(server.port)\r\n"
        let expected =
            "GET /a%20b?c=d HTTP/1.1\r\n\(host)User-Agent: health-exporter\r\nAccept: */*\r\n"
            + "Accept-Encoding: identity\r\nConnection: close\r\n\r\n"
        #expect(server.received.value == [expected])
        try await server.stop()
    }

    @Test func configuredHeadersReplaceTheDefaultOnesWhateverTheirCase() async throws {
        let server = try await ScriptedServer([Self.response(200)])
        let headers = [
            (name: "host", value: "virtual"), (name: "ACCEPT", value: "text/plain"), (name: "X", value: "1"),
        ]
        _ = try await Self.send(try Self.request("http://shop:\(server.port)/", headers: headers))
        let lines = Set(server.received.value.joined().split(separator: "\r\n"))
        #expect(lines.isSuperset(of: ["host: virtual", "ACCEPT: text/plain", "X: 1"]))
        #expect(!lines.contains { $0.hasPrefix("Host:") || $0 == "Accept: */*" })
        try await server.stop()
    }

    @Test func aBodyIsSentWithItsLength() async throws {
        var script = Self.response(200)
        script.end = "ä=1"
        let server = try await ScriptedServer([script])
        _ = try await Self.send(try Self.request("http://shop:\(server.port)/", method: "POST", body: "ä=1"))
        #expect(server.received.value.joined().contains("\r\nContent-Length: 4\r\n"))
        try await server.stop()
    }

    @Test(
        arguments: [
            (301, "GET", "GET"), (302, "GET", "GET"), (303, "GET", "GET"), (307, "GET", "GET"), (308, "GET", "GET"),
            (301, "POST", "GET"), (302, "POST", "GET"), (303, "POST", "GET"), (307, "POST", "POST"),
            (308, "POST", "POST"), (301, "PUT", "PUT"), (303, "PUT", "GET"), (303, "HEAD", "HEAD"),
        ]
    )
    func aRedirectKeepsOrChangesTheMethod(status: Int, method: String, next: String) async throws {
        let body = ["POST", "PUT"].contains(method) ? "data" : ""
        var scripts = [Self.response(status, "Location: /next"), Self.response(200)]
        if !body.isEmpty { scripts[0].end = body }
        if !body.isEmpty, next == method { scripts[1].end = body }
        let server = try await ScriptedServer(scripts)
        let request = try Self.request("http://shop:\(server.port)/", method: method, body: body)
        let sent = try await Self.send(request, redirects: 1)
        #expect(sent.answer.status == 200 && sent.redirects == 1)
        let second = try #require(server.received.value.last)
        #expect(second.hasPrefix("\(next) /next HTTP/1.1\r\n"))
        #expect(second.hasSuffix("data") == (!body.isEmpty && next == method))
        try await server.stop()
    }

    @Test(arguments: [true, false])
    func headersGoToTheSameOriginOnly(isSameOrigin: Bool) async throws {
        let target = try await ScriptedServer([Self.response(200)])
        let location = isSameOrigin ? "/again" : "http://other:\(target.port)/"
        let first = try await ScriptedServer([Self.response(302, "Location: \(location)"), Self.response(200)])
        let headers = [(name: "Authorization", value: "Bearer abc"), (name: "Traceparent", value: "00-1-2-00")]
        _ = try await Self.send(try Self.request("http://shop:\(first.port)/", headers: headers), redirects: 1)
        let second = isSameOrigin ? first.received.value[1] : target.received.value[0]
        #expect(second.contains("Authorization: Bearer abc") == isSameOrigin)
        #expect(second.contains("Traceparent: 00-1-2-00"))
        for server in [target, first] { try await server.stop() }
    }

    @Test(
        arguments: [
            ("Location: /again", "more than 2 redirects"), ("X: y", "a redirect without Location"),
            ("Location: ftp://shop/", "a redirect to what is no http or https URL"),
            ("Location: http://user:secret@shop/", "a redirect to what is no http or https URL"),
        ]
    )
    func aRedirectThatIsNotFollowedIsAFailure(header: String, message: String) async throws {
        let server = try await ScriptedServer([Self.response(302, header)])
        let request = try Self.request("http://shop:\(server.port)/")
        let failure = await NetworkStage.failure { _ = try await Self.send(request, redirects: 2) }
        #expect(failure?.reason == .redirect && failure?.message == message)
        // Without redirects it is the response.
        #expect(try await Self.send(request).answer.status == 302)
        try await server.stop()
    }

    @Test func aBodyDoesNotGoToAnotherOrigin() async throws {
        var script = Self.response(307, "Location: http://other:1/")
        script.end = "secret"
        let server = try await ScriptedServer([script])
        let request = try Self.request("http://shop:\(server.port)/", method: "POST", body: "secret")
        let failure = await NetworkStage.failure { _ = try await Self.send(request, redirects: 2) }
        #expect(failure?.reason == .redirect)
        #expect(failure?.message == "a redirect of a request with a body to another origin")
        try await server.stop()
    }

    @Test(arguments: [304, 300, 200, 404])
    func otherStatusesAreNoRedirects(status: Int) async throws {
        let server = try await ScriptedServer([Self.response(status, "Location: /next")])
        let sent = try await Self.send(try Self.request("http://shop:\(server.port)/"), redirects: 3)
        #expect(sent.answer.status == status && sent.redirects == 0)
        try await server.stop()
    }
}
