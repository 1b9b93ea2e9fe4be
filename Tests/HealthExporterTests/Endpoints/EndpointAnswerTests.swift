import HTTPTypes
import HealthCore
import HummingbirdTesting
import NIOCore
import Testing

@testable import HealthExporter

/// What each endpoint answers, through Hummingbird's test client.
struct EndpointAnswerTests {
    private static let json = "application/json"
    private static let plain = "text/plain; charset=utf-8"

    @Test(
        arguments: [
            ("/livez", json), ("/healthz", json), ("/-/healthy", json), ("/readyz", json), ("/ready", json),
            ("/health", json), ("/-/ready", json), ("/startupz", json), ("/startup", json),
            ("/livez?verbose", plain), ("/readyz?verbose=1", plain), ("/startupz?exclude=db&verbose", plain),
            ("/health/detailed", json), ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
            ("/", "text/html; charset=utf-8"), ("/components/db", "text/html; charset=utf-8"),
            ("/incidents", "text/html; charset=utf-8"), ("/incidents.csv", "text/csv; charset=utf-8; header=present"),
            ("/incidents.atom", "application/atom+xml; charset=utf-8"), ("/badge/db.svg", "image/svg+xml"),
            ("/badge/db.svg?window=7d", "image/svg+xml"), ("/assets/status.css", "text/css; charset=utf-8"),
            ("/assets/status.js", "text/javascript; charset=utf-8"), ("/assets/favicon-healthy.svg", "image/svg+xml"),
            ("/updates", json), ("/api/v1/incidents", json), ("/api/v1/components/db/history", json),
            ("/api/v1/components/db/history?by=runs", json), ("/api/v1/components", json),
            ("/api/v1/components/db", json),
            ("/api/v1/flags", json), ("http://any.example:1/livez", json),
        ]
    )
    func aReadIsAnsweredWithTheHeadersOfEveryAnswer(path: String, type: String) async throws {
        let stage = try EndpointStage()
        stage.becomeReady()
        let answer = try await stage.get(path)
        #expect(answer.status == .ok, "\(answer.text)")
        #expect(answer["Content-Type"] == type)
        #expect(answer["Cache-Control"] == "no-store" && answer["X-Content-Type-Options"] == "nosniff")
        #expect(answer["Content-Length"] == String(answer.body.readableBytes) && answer.body.readableBytes > 0)
    }

    @Test(arguments: Endpoint.all.filter { $0.methods == [.get, .head] }.map(\.path))
    func aHEADHasTheHeadersOfTheGETAndNoBody(path: String) async throws {
        let stage = try EndpointStage()
        stage.becomeReady()
        // A stream of events has no end: mounted on a router it is answered 204, so that pages poll.
        let path = path.replacing("{name}", with: "db").replacing("{file}", with: "status.css")
        let get = try await stage.get(path)
        let head = try await stage.send(.init(method: .head, path: path))
        #expect(head.status == get.status && head.body.readableBytes == 0)
        #expect(head["Content-Type"] == get["Content-Type"])
        // The page of metrics tells of the rendering before it, so its length may differ.
        if path != "/metrics" { #expect(head["Content-Length"] == get["Content-Length"]) }
    }

    @Test(arguments: Endpoint.all.map(\.path))
    func anotherMethodIs405AndNamesThoseThatAreAllowed(label: String) async throws {
        let endpoint = try #require(Endpoint.all.first { $0.path == label })
        let stage = try EndpointStage()
        let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options, .trace]
        for path in [label] + endpoint.aliases {
            for method in methods where !endpoint.methods.contains(method) {
                let answer = try await stage.send(.init(method: method, path: path, listener: .adminSocket))
                let allowed = endpoint.methods.map(\.rawValue).joined(separator: ", ")
                #expect(answer.status == .methodNotAllowed && answer["Allow"] == allowed, "\(method) \(path)")
                if method != .head {
                    #expect(answer.text == #"{"error":"method not allowed","hint":"use \#(allowed)"}"#)
                }
            }
        }
        #expect(stage.count(endpoint.handlerLabel)?[2] ?? 0 > 0)
    }

    @Test(arguments: ["/nothing", "/livez/", "//metrics", "/api/v1", "/api/v1/nothing", "/METRICS", "/index.html"])
    func anUnknownPathIs404WithAHint(path: String) async throws {
        let stage = try EndpointStage()
        for method in [HTTPRequest.Method.get, .post, .delete, .options] {
            let answer = try await stage.send(.init(method: method, path: path))
            #expect(answer.status == .notFound)
            #expect(answer.text == #"{"error":"no such path","hint":"the paths are listed at /"}"#)
        }
        #expect(stage.count("other") == [0, 0, 4, 0])
    }

    @Test func aliasesAreCountedUnderTheNameOfTheEndpoint() async throws {
        let stage = try EndpointStage()
        for path in ["/readyz", "/ready", "/health", "/-/ready", "/readyz?verbose"] { _ = try await stage.get(path) }
        #expect(stage.count("/readyz") == [0, 0, 0, 5], "nothing has started yet")
        #expect(stage.count("other") == [0, 0, 0, 0])
    }

    @Test(arguments: ["none", "", "db/checks", "DB", "db%20"])
    func aComponentThatIsNotThereIs404WithoutRenderingAPage(name: String) async throws {
        let stage = try EndpointStage()
        let path = "/api/v1/components/\(name)"
        let head = HTTPRequest(method: .get, scheme: "http", authority: "h", path: path)
        let request = EndpointRequest(head, from: Requester(listener: .main, peer: nil))
        guard case .reply(let reply) = stage.exporter.responder.read(request).answer else {
            return #expect(Bool(false), "a page is rendered")
        }
        #expect(reply.status == 404)
        let text = try await stage.get(path).text
        #expect(text == #"{"error":"no such component","hint":"the components are listed at /api/v1/components"}"#)
    }

    @Test func aComponentIsFoundByItsNameAlsoWhenItIsCalledDrill() async throws {
        let stage = try EndpointStage()
        #expect(try await stage.get("/api/v1/components/drill").text.hasPrefix(#"{"name":"drill","#))
        #expect(try await stage.post("/api/v1/components/drill/drill").status == .ok)
        #expect(stage.count("/api/v1/components/{name}/drill") == [1, 0, 0, 0])
    }

    @Test func theDocumentHasTheCodeOfReadiness() async throws {
        let stage = try EndpointStage()
        #expect(try await stage.get("/health/detailed").status == .serviceUnavailable)
        #expect(try await stage.get("/readyz").status == .serviceUnavailable)
        stage.becomeReady()
        #expect(try await stage.get("/health/detailed").status == .ok)
        stage.store.shutDown()
        #expect(try await stage.get("/health/detailed").status == .serviceUnavailable)
        #expect(try await stage.get("/api/v1/components").status == .ok, "the list is no verdict")
    }

    @Test func theStatusPageMayLoadNothing() async throws {
        let answer = try await EndpointStage().get("/")
        let policy = try #require(answer["Content-Security-Policy"])
        #expect(policy.hasPrefix("default-src 'none'; style-src 'self'; script-src 'self';"))
        #expect(!policy.contains("unsafe"))
    }

    @Test func noReadTriggersARun() async throws {
        let stage = try EndpointStage()
        for endpoint in Endpoint.all where endpoint.methods == [.get, .head] {
            _ = try await stage.get(endpoint.path.replacing("{name}", with: "db").replacing("{file}", with: "a"))
        }
        let page = try await stage.get("/metrics").text
        let runs = page.split(separator: "\n").filter { $0.hasPrefix("health_check_runs_total") }
        #expect(!runs.isEmpty && runs.allSatisfy { $0.hasSuffix(" 0") })
    }

    // MARK: Content negotiation

    @Test(
        arguments: [
            (nil, "text/plain; version=0.0.4; charset=utf-8"), ("*/*", "text/plain; version=0.0.4; charset=utf-8"),
            ("text/html", "text/plain; version=0.0.4; charset=utf-8"),
            (
                "application/openmetrics-text; version=1.0.0",
                "application/openmetrics-text; version=1.0.0; charset=utf-8"
            ),
            (
                "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3",
                "application/openmetrics-text; version=1.0.0; charset=utf-8"
            ),
            (
                "application/openmetrics-text;version=1.0.0;q=0.2,text/plain;version=0.0.4;q=0.3",
                "text/plain; version=0.0.4; charset=utf-8"
            ),
        ] as [(String?, String)]
    )
    func theFormatOfMetricsFollowsAccept(accept: String?, type: String) async throws {
        let stage = try EndpointStage()
        let answer = try await stage.get("/metrics", headers: accept.map { ["Accept": $0] } ?? [:])
        #expect(answer.status == .ok && answer["Content-Type"] == type)
        #expect(answer["Vary"] == "Accept, Accept-Encoding")
        #expect(answer.text.hasSuffix("# EOF\n") == type.hasPrefix("application/"))
    }

    @Test(
        arguments: [
            (nil, false), ("gzip", true), ("gzip, deflate", true), ("gzip;q=0", false), ("*", true),
            ("identity", false), ("br", false), ("GZIP", true), ("gzip;q=0.5, identity;q=1", true),
        ] as [(String?, Bool)]
    )
    func metricsAreCompressedForWhoeverAcceptsIt(encoding: String?, isCompressed: Bool) async throws {
        let stage = try EndpointStage()
        let answer = try await stage.get("/metrics", headers: encoding.map { ["Accept-Encoding": $0] } ?? [:])
        #expect((answer["Content-Encoding"] == "gzip") == isCompressed)
        #expect(answer.body.readableBytesView.starts(with: [0x1f, 0x8b]) == isCompressed)
        #expect(answer["Content-Length"] == String(answer.body.readableBytes))
    }

    @Test(
        arguments: [
            (nil, "application/json"), ("application/health+json", "application/health+json"),
            ("application/json, application/health+json;q=0.5", "application/json"), ("*/*", "application/json"),
        ] as [(String?, String)]
    )
    func theDocumentOfTheIETFDraftIsThereForWhoeverAcceptsIt(accept: String?, type: String) async throws {
        let stage = try EndpointStage()
        stage.becomeReady()
        let answer = try await stage.get("/health/detailed", headers: accept.map { ["Accept": $0] } ?? [:])
        #expect(answer["Content-Type"] == type && answer["Vary"] == "Accept")
        #expect(answer.text.contains(#""releaseId""#) == (type == "application/health+json"), "\(answer.text)")
    }
}
