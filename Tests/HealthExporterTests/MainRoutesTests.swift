import HTTPTypes
import HealthCore
import HealthTesting
import Logging
import NIOCore
import Testing

@testable import HealthExporter

/// What the main listener answers before anything is rendered or received.
struct MainRoutesTests {
    private static func routes(_ audience: ExporterConfiguration.Audience = .always) throws -> MainRoutes {
        var registry = CheckRegistry()
        try registry.add(ComponentRegistration(name: "db", checks: [.make("db/a")]))
        let (time, components) = (ManualTime(), ComponentNames())
        components.apply(registry)
        let store = StatusStore(time: time) { _ in }
        store.apply(registry)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let stalls = StallMonitor(watermarks: [], bound: .seconds(1), now: .zero, logger: logger)
        return MainRoutes(
            probes: ProbeResponder(store: store, stalls: stalls, time: time),
            renderer: PageRenderer(thread: PageThread(), time: time) { _ in .noContent },
            components: components,
            heartbeats: HeartbeatRoute(),
            lifecycle: LifecycleRoutes(
                store: store,
                components: components,
                reload: { .stopped },
                audience: audience,
                hostNames: ["health.example"]
            ),
            flags: FlagRoutes(store: store),
            counts: RequestCounts(),
            details: .never
        )
    }

    private static func request(_ method: HTTPRequest.Method, _ path: String, origin: String? = nil) -> HTTPRequest {
        var request = HTTPRequest(method: method, scheme: "http", authority: "127.0.0.1:8642", path: path)
        request.headerFields[.origin] = origin
        return request
    }

    private static let anybody = Requester(door: .main, peer: nil)

    @Test(arguments: ["none", "", "db/checks", "DB"])
    func aComponentThatIsNotThereWaitsForNoPage(name: String) throws {
        let path = "/api/v1/components/\(name)"
        let answer = try Self.routes().answer(to: Self.request(.get, path), from: Self.anybody)
        guard case .reply(let reply) = answer else { return #expect(Bool(false), "a page is rendered") }
        #expect(reply.status == 404)
    }

    @Test func aComponentThatIsThereIsAPage() throws {
        let answer = try Self.routes().answer(to: Self.request(.get, "/api/v1/components/db"), from: Self.anybody)
        guard case .page(.component("db", showsDetails: false)) = answer else {
            return #expect(Bool(false), "\(answer)")
        }
    }

    @Test(arguments: [
        ("none", ExporterConfiguration.Audience.always, 404), ("db", .never, 403), ("none", .never, 403),
    ])
    func aDrillThatCannotBeReceivesNoBody(
        name: String,
        audience: ExporterConfiguration.Audience,
        status: Int
    ) async throws {
        let request = Self.request(.post, "/api/v1/components/\(name)/drill")
        let reply = try await Self.routes(audience).lifecycle.drill(request, of: name, from: Self.anybody) {
            Issue.record("the body was received")
            return []
        }
        #expect(reply.status == status)
    }

    @Test(
        arguments: [
            (nil, 200), ("http://127.0.0.1:8642", 200), ("https://127.0.0.1:8642", 200),
            ("https://health.example", 200), ("http://health.example:8080", 200), ("https://HEALTH.example", 200),
            ("http://evil.example", 403), ("https://health.example.evil.example", 403), ("null", 403), ("", 403),
            ("https://evil.example/health.example", 403), ("https://health.example@evil.example", 403),
            ("ftp://health.example", 403), ("http://127.0.0.1:8080", 403), ("http://localhost", 403),
        ] as [(String?, Int)]
    )
    func aPageOfAKnownNameMayChangeThings(origin: String?, status: Int) async throws {
        let request = Self.request(.post, "/api/v1/components/db/drill", origin: origin)
        let reply = try await Self.routes().lifecycle.drill(request, of: "db", from: Self.anybody) { [] }
        #expect(reply.status == status, "\(String(decoding: reply.body, as: UTF8.self))")
    }
}
