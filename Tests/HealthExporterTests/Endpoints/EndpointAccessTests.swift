import HTTPTypes
import HealthCore
import HummingbirdTesting
import Testing

@testable import HealthExporter

/// Who may read details and who may change something: by peer, Host, Origin, proxy headers and the keys of the configuration.
struct EndpointAccessTests {

    /// A request that `isLoopback` says yes or no to.
    struct Sender: Sendable, CustomTestStringConvertible {
        var peer: String? = "127.0.0.1"
        var host = "127.0.0.1:8642"
        var header: String?
        var isLoopback: Bool

        var testDescription: String { "\(peer ?? "unknown") \(host) \(header ?? "")" }
    }

    static let senders = [
        Sender(isLoopback: true), Sender(host: "localhost", isLoopback: true),
        Sender(peer: "::1", host: "[::1]:8642", isLoopback: true),
        Sender(peer: "::ffff:127.0.0.1", host: "LOCALHOST:1", isLoopback: true),
        Sender(host: "127.1.2.3", isLoopback: true), Sender(host: "health.example", isLoopback: false),
        Sender(host: "", isLoopback: false), Sender(host: "10.0.0.1", isLoopback: false),
        Sender(host: "localhost.evil.example", isLoopback: false), Sender(peer: "10.0.0.1", isLoopback: false),
        Sender(peer: "127.0.0.2", isLoopback: false), Sender(peer: nil, isLoopback: false),
        Sender(header: "X-Forwarded-For", isLoopback: false), Sender(header: "X-Forwarded-Host", isLoopback: false),
        Sender(header: "x-forwarded-anything", isLoopback: false), Sender(header: "Forwarded", isLoopback: false),
        Sender(header: "Via", isLoopback: false), Sender(header: "X-Real-IP", isLoopback: true),
    ]

    private static func sent(_ sender: Sender, _ method: HTTPRequest.Method, _ path: String) -> EndpointStage.Sent {
        var sent = EndpointStage.Sent(method: method, path: path)
        (sent.host, sent.peer) = (sender.host, sender.peer)
        if let header = sender.header { sent.headers = [header: "10.0.0.1"] }
        return sent
    }

    // MARK: Details

    @Test(arguments: senders)
    func detailsAreForLoopbackAsShipped(sender: Sender) async throws {
        let stage = try EndpointStage()
        stage.publish(.failure, "db")
        for path in ["/health/detailed", "/api/v1/components", "/api/v1/components/db"] {
            let answer = try await stage.send(Self.sent(sender, .get, path))
            #expect(answer.text.contains("secret message") == sender.isLoopback, "\(path)")
            #expect(answer.text.contains("db.example:5432") == sender.isLoopback, "\(path)")
            #expect(answer.text.contains(#""name":"db""#), "the rest is for everybody")
        }
    }

    @Test(arguments: [
        (Audience.always, true, true, true), (.loopback, false, true, true), (.admin, false, false, true),
        (.never, false, false, false),
    ])
    private func theKeyWebDetailsSaysWhoReadsThem(
        audience: Audience,
        remote: Bool,
        loopback: Bool,
        admin: Bool
    ) async throws {
        let stage = try EndpointStage { $0.settings.web.details = audience }
        stage.publish(.failure, "db")
        func shows(_ sent: EndpointStage.Sent) async throws -> Bool {
            try await stage.send(sent).text.contains("secret message")
        }
        let path = "/health/detailed"
        #expect(try await shows(.init(path: path, peer: "192.0.2.1")) == remote)
        #expect(try await shows(.init(path: path)) == loopback)
        #expect(try await shows(.init(path: path, peer: nil, listener: .adminSocket)) == admin)
    }

    @Test func probesAndMetricsTellNobodyAnyDetails() async throws {
        let stage = try EndpointStage { $0.settings.web.details = .always }
        stage.becomeReady()
        stage.publish(.failure, "db")
        for path in [
            "/readyz", "/readyz?verbose", "/livez?verbose", "/startupz?verbose", "/metrics", "/", "/api/v1/flags",
        ] {
            let text = try await stage.get(path).text
            #expect(!text.contains("secret message") && !text.contains("db.example"), "\(path)")
        }
    }

    // MARK: Lifecycle

    private static let lifecycle: [(HTTPRequest.Method, String)] = [
        (.post, "/api/v1/components/db/drill"), (.delete, "/api/v1/components/db/drill"), (.post, "/-/reload"),
    ]

    private static let adminOnly =
        #"{"error":"only an administrator may do this","hint":"web.lifecycle is admin: users of web.config_file, and on "#
        + #"the host the commands `reload` and `drill`"}"#
    private static let loopbackOnly =
        #"{"error":"only a request from this machine, without a proxy in between, may do this","hint":"web.lifecycle "#
        + #"is loopback; the commands `reload` and `drill` on the host use the admin socket"}"#
    private static let nobody = #"{"error":"nobody may do this","hint":"web.lifecycle is never"}"#

    @Test func asShippedOnlyAnAdministratorMayChangeSomething() async throws {
        let stage = try EndpointStage()
        await stage.stopReloading()
        for (method, path) in Self.lifecycle {
            let refusal = try await stage.send(.init(method: method, path: path))
            #expect(refusal.status == .forbidden && refusal.text == Self.adminOnly)
            let admin = try await stage.send(.init(method: method, path: path, peer: nil, listener: .adminSocket))
            #expect(admin.status != .forbidden, "\(method) \(path)")
        }
        #expect(stage.count("/-/reload") == [0, 0, 1, 1], "the admitted reload is answered that the exporter stops")
    }

    @Test(arguments: senders)
    func withLifecycleLoopbackAProxyOrAForeignPeerMayNot(sender: Sender) async throws {
        let stage = try EndpointStage { configuration in
            (configuration.settings.web.lifecycle, configuration.settings.web.hostNames) = (
                .loopback, ["health.example"]
            )
        }
        let answer = try await stage.send(Self.sent(sender, .post, "/api/v1/components/db/drill"))
        #expect((answer.status == .ok) == sender.isLoopback, "\(answer.text)")
        let isForeignHost = ["", "localhost.evil.example"].contains(sender.host)
        if !sender.isLoopback, !isForeignHost { #expect(answer.text == Self.loopbackOnly) }
    }

    @Test func withLifecycleNeverNotEvenAnAdministratorMay() async throws {
        let stage = try EndpointStage { $0.settings.web.lifecycle = .never }
        for (method, path) in Self.lifecycle {
            let answer = try await stage.send(.init(method: method, path: path, listener: .adminSocket))
            #expect(answer.status == .forbidden && answer.text == Self.nobody)
        }
    }

    @Test func withLifecycleAlwaysAnybodyMayButNoForeignPage() async throws {
        let stage = try EndpointStage { $0.settings.web.lifecycle = .always }
        var sent = EndpointStage.Sent(method: .post, path: "/api/v1/components/db/drill", peer: "192.0.2.1")
        #expect(try await stage.send(sent).status == .ok)
        sent.headers = ["Origin": "http://evil.example"]
        #expect(try await stage.send(sent).status == .forbidden)
    }

    @Test(arguments: ["none", "db"])
    func aRefusalDoesNotTellWhetherThereIsAComponent(name: String) async throws {
        let answer = try await EndpointStage().send(.init(method: .post, path: "/api/v1/components/\(name)/drill"))
        #expect(answer.text == Self.adminOnly)
    }

    // MARK: Pages of other sites

    @Test(
        arguments: [
            (nil, true), ("http://127.0.0.1:8642", true), ("https://127.0.0.1:8642", true),
            ("https://health.example", true), ("http://health.example:8080", true), ("https://HEALTH.example", true),
            ("http://evil.example", false), ("https://health.example.evil.example", false), ("null", false),
            ("", false), ("https://evil.example/health.example", false),
            ("https://health.example@evil.example", false), ("ftp://health.example", false),
            ("http://127.0.0.1:8080", false), ("http://localhost", false), ("http://127.0.0.1", false),
        ] as [(String?, Bool)]
    )
    func onlyAPageOfThisListenerOrOfAKnownNameMayChangeThings(origin: String?, isAllowed: Bool) async throws {
        let stage = try EndpointStage { configuration in
            (configuration.settings.web.lifecycle, configuration.settings.web.hostNames) = (.always, ["health.example"])
        }
        var sent = EndpointStage.Sent(method: .post, path: "/api/v1/components/db/drill")
        if let origin { sent.headers = ["Origin": origin] }
        let answer = try await stage.send(sent)
        #expect((answer.status == .ok) == isAllowed, "\(answer.text)")
        if !isAllowed {
            let hint =
                "leave Origin out, or send it as the scheme and the Host header; web.host_names allows more names"
            let error = "the Origin header names a page that is not of this listener"
            #expect(answer.text == #"{"error":"\#(error)","hint":"\#(hint)"}"#)
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1", true), ("10.1.2.3:8642", true), ("[2001:db8::1]:80", true), ("localhost:1", true),
            ("health.example", true), ("HEALTH.EXAMPLE:80", true), ("evil.example", false), ("", false),
            ("health.example.evil.example:80", false),
        ]
    )
    func theHostMustBeAnAddressOrAKnownName(host: String, isAllowed: Bool) async throws {
        let stage = try EndpointStage { configuration in
            (configuration.settings.web.lifecycle, configuration.settings.web.hostNames) = (.always, ["health.example"])
        }
        let answer = try await stage.send(.init(method: .post, path: "/api/v1/components/db/drill", host: host))
        #expect((answer.status == .ok) == isAllowed, "\(answer.text)")
        if !isAllowed {
            let name = host.split(separator: ":").first ?? ""
            let error = "the Host header names `\(name)`, which is neither an address nor a known name"
            let hint = "add the name to web.host_names, or send the request to an address"
            #expect(answer.text == #"{"error":"\#(error)","hint":"\#(hint)"}"#)
        }
    }

    @Test func anAdministratorNeedsNeitherHostNorOrigin() async throws {
        let stage = try EndpointStage()
        let sent = EndpointStage.Sent(
            method: .post,
            path: "/api/v1/components/db/drill",
            host: "",
            peer: nil,
            listener: .adminSocket,
            headers: ["Origin": "http://evil.example"]
        )
        #expect(try await stage.send(sent).status == .ok)
    }
}
