import Foundation
import HTTPTypes
import HealthTesting
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import HealthExporter

/// Users, headers and the rate limit on a connection of the main listener, from bytes to bytes.
@Suite(.timeLimit(.minutes(5))) struct WebProtectionTests {
    private let stage: EndpointStage
    private let channel = NIOAsyncTestingChannel()
    private let protection: WebProtection

    init() async throws {
        stage = try EndpointStage()
        stage.becomeReady()
        let file = try #require(WebConfigurationReaderTests.read(Self.users).file)
        let passwords = PasswordVerifier(time: ManualTime(), rest: { _ in })
        protection = WebProtection(file, passwords: passwords)
        let main = MainChannel(
            responder: { _, _, _ in },
            routes: stage.exporter.responder,
            places: ConnectionPlaces(listener: "main", capacity: 8),
            readers: PageReaderPlaces(),
            protection: protection
        )
        try await channel.eventLoop.submit { [channel] in try main.addHandlers(to: channel) }.get()
        try await channel.connect(to: SocketAddress(ipAddress: "192.0.2.7", port: 1)).get()
    }

    private static let users = """
        basic_auth_users: {ada: \(WebConfigurationReaderTests.hash)}
        http_server_config: {headers: {X-Frame-Options: deny}}

        """

    private static func authorization(_ credentials: String) -> String {
        "Authorization: Basic \(Data(credentials.utf8).base64EncodedString())\r\n"
    }

    /// The head of the answer to a request; its body is dropped.
    private func answer(_ path: String, _ method: String = "GET", _ headers: String = "") async throws -> String {
        let text = "\(method) \(path) HTTP/1.1\r\nHost: 192.0.2.1\r\n\(headers)\r\n"
        try await channel.writeInbound(ByteBuffer(string: text))
        var answer = ""
        while !Self.isComplete(answer) {
            answer += String(buffer: try await channel.waitForOutboundWrite(as: ByteBuffer.self))
        }
        return answer
    }

    private static func isComplete(_ text: String) -> Bool {
        guard let end = text.firstRange(of: "\r\n\r\n"), let name = text.firstRange(of: "Content-Length: ") else {
            return false
        }
        let length = Int(text[name.upperBound...].prefix { $0.isNumber }) ?? 0
        return text[end.upperBound...].utf8.count >= length
    }

    @Test(arguments: ["/metrics", "/", "/health/detailed", "/api/v1/flags", "/none"])
    func everythingButProbesNeedsAUser(path: String) async throws {
        let refused = try await answer(path)
        #expect(
            refused.hasPrefix("HTTP/1.1 401 ") && refused.contains("\r\nWWW-Authenticate: Basic realm="),
            "\(refused)"
        )
        #expect(refused.contains("\r\nX-Frame-Options: deny\r\n"))
        let allowed = try await answer(path, "GET", Self.authorization("ada:secret"))
        #expect(allowed.hasPrefix(path == "/none" ? "HTTP/1.1 404 " : "HTTP/1.1 200 "), "\(allowed)")
        // Remembered: no thread is needed any more, and the connection is kept.
        #expect(
            try await answer(path, "GET", Self.authorization("ada:secret")).contains("\r\nX-Frame-Options: deny\r\n")
        )
    }

    @Test(arguments: ["/livez", "/readyz", "/startupz", "/healthz", "/health"])
    func probesAreForEverybody(path: String) async throws {
        #expect(try await answer(path).hasPrefix("HTTP/1.1 200 "))
    }

    @Test(arguments: [
        "Authorization: Basic !\r\n", "Authorization: Basic YWRh\r\n", "Authorization: Bearer secret\r\n",
        "Authorization: \r\n",
        authorization("ada:Secret"), authorization("ada:"), authorization("bob:secret"), authorization("Ada:secret"),
        authorization(":secret"), authorization("ada:secret\0"),
        authorization("ada:" + String(repeating: "x", count: 3000)),
    ])
    func whoeverHasNoRightPasswordIsRefused(header: String) async throws {
        for _ in 0..<2 { #expect(try await answer("/metrics", "GET", header).hasPrefix("HTTP/1.1 401 ")) }
        #expect(stage.count("/metrics") == [0, 0, 2, 0])
    }

    /// The details are for loopback by default, and an authenticated user is an administrator.
    @Test func anAuthenticatedUserIsAnAdministrator() async throws {
        let document = try await answer("/api/v1/components/db", "GET", Self.authorization("ada:secret"))
        #expect(document.contains(#""target":"db.example:5432""#), "\(document)")
    }

    /// The request goes on to Hummingbird, as one of an administrator, and only that one.
    @Test func theUserOfAnActionIsKnownWhereItIsAnswered() async throws {
        let responder = stage.exporter.responder
        let text =
            "POST /-/reload HTTP/1.1\r\nHost: 192.0.2.1\r\nContent-Length: 0\r\n\(Self.authorization("ada:secret"))\r\n"
        try await channel.writeInbound(ByteBuffer(string: text))
        for _ in 0..<2000 where !responder.admins.contains(channel) { try await Task.sleep(for: .milliseconds(5)) }
        #expect(responder.requester(on: channel).isAdmin)
        try await channel.close()
        await channel.testingEventLoop.run()
        #expect(!responder.admins.contains(channel))
    }

    @Test func aReloadChangesUsersOfOpenConnections() async throws {
        #expect(try await answer("/metrics").hasPrefix("HTTP/1.1 401 "))
        protection.apply(nil)
        #expect(try await answer("/metrics").hasPrefix("HTTP/1.1 200 "))
        protection.apply(WebConfigurationReaderTests.read("rate_limit: {interval: 1h, burst: 2}").file)
        #expect(try await answer("/metrics").hasPrefix("HTTP/1.1 200 "))
        #expect(try await answer("/none").hasPrefix("HTTP/1.1 404 "))
        let limited = try await answer("/metrics")
        #expect(limited.hasPrefix("HTTP/1.1 429 ") && limited.contains("\r\nRetry-After: 1\r\n"), "\(limited)")
        #expect(try await answer("/livez").hasPrefix("HTTP/1.1 200 "))
    }

    /// Workers send their token where others send a password.
    @Test func aHeartbeatNeedsItsTokenOnly() async throws {
        let path = "/api/v1/heartbeats/worker/closed"
        let text =
            "POST \(path) HTTP/1.1\r\nHost: 192.0.2.1\r\nContent-Length: 0\r\nAuthorization: Bearer sesame\r\n\r\n"
        try await channel.writeInbound(ByteBuffer(string: text))
        // It goes on to what answers it, which knows the token; nobody is an administrator by it.
        let passed = try await channel.readInbound(as: HTTPRequestPart.self)
        guard case .head(let head) = passed else { return #expect(Bool(false), "\(String(describing: passed))") }
        #expect(head.path == path && !stage.exporter.responder.requester(on: channel).isAdmin)
    }

    /// An open connection would have more rights than a new one.
    @Test func whoWasVerifiedByOtherRulesIsNobodyAfterAReload() throws {
        let tls = "\(WebConfigurationReaderTests.tls), client_auth_type: RequireAndVerifyClientCert, "
        func file(_ authorities: String, _ more: String = "") throws -> WebConfigurationFile {
            let text = "tls_server_config: {\(tls)client_ca_file: \(authorities)}\n\(more)"
            return try #require(WebConfigurationReaderTests.read(text).file)
        }
        let before = try file("root.pem")
        let protection = WebProtection(before, passwords: PasswordVerifier(time: ManualTime(), rest: { _ in }))
        let rules = try #require(protection.tls).clientRules
        let request = HTTPRequest(method: .get, scheme: "https", authority: "a", path: "/metrics")
        func isAdmin(_ rules: ServerTLS.ClientRules?) -> Bool {
            let admission = protection.admit(request, to: nil, verifiedBy: rules, at: .now())
            if case .pass(let isAdmin) = admission { return isAdmin }
            return false
        }
        #expect(isAdmin(rules) && !isAdmin(nil))
        protection.apply(try file("root.pem", "http_server_config: {headers: {X-Frame-Options: deny}}\n"))
        #expect(isAdmin(rules))
        protection.apply(try file("client.pem"))
        #expect(!isAdmin(rules))
    }
}
