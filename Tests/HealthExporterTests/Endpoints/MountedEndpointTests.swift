import HTTPTypes
import HealthCore
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import HealthExporter

/// The endpoints on the router of a program that embeds the exporter.
struct MountedEndpointTests {
    /// A context that knows the peer, as a program's own may.
    private struct LoopbackContext: RequestContext, RemoteAddressRequestContext {
        var coreContext: CoreRequestContextStorage

        init(source: ApplicationRequestContextSource) {
            coreContext = .init(source: source)
        }

        var remoteAddress: SocketAddress? { try? SocketAddress(ipAddress: "127.0.0.1", port: 1) }
    }

    /// Sends requests to a router on which some groups of endpoints are mounted.
    private func status<Context: RequestContext>(
        of requests: [(HTTPRequest.Method, String)],
        mounting groups: EndpointGroups = .default,
        context: Context.Type = BasicRequestContext.self,
        stage: EndpointStage? = nil,
        body: String? = nil
    ) async throws -> [Int] where Context.Source == ApplicationRequestContextSource {
        let router = Router(context: context)
        try (stage ?? EndpointStage()).exporter.responder.mount(groups, on: router)
        router.get("/own") { _, _ in "own" }
        return try await Application(router: router).test(.router) { client in
            var statuses: [Int] = []
            for (method, path) in requests {
                let body = body.map { ByteBuffer(string: $0) }
                statuses.append(try await client.execute(uri: path, method: method, body: body).status.code)
            }
            return statuses
        }
    }

    /// A request to each path, which shows whether it is there.
    private static func requests(_ groups: EndpointGroups) -> [(HTTPRequest.Method, String)] {
        Endpoint.all.filter { groups.contains($0.group) }.flatMap { endpoint in
            ([endpoint.path] + endpoint.aliases).flatMap { path in
                let path = path.replacing("{name}", with: "db").replacing("{component}/{check}", with: "worker/open")
                    .replacing("{key}", with: "shop").replacing("{file}", with: "status.css")
                return endpoint.methods.map { ($0, path) }
            }
        }
    }

    @Test func byDefaultEveryEndpointIsMountedButTheStatusPage() async throws {
        let stage = try EndpointStage()
        stage.becomeReady()
        let mounted = Self.requests(.default)
        let statuses = try await status(of: mounted, stage: stage)
        for (request, status) in zip(mounted, statuses) {
            // The peer is unknown, so what changes something is refused.
            let isOpen = request.0 != .delete && (request.0 != .post || request.1.hasPrefix("/ofrep"))
            #expect(status == (isOpen ? 200 : 403), "\(request)")
        }
        #expect(try await status(of: [(.get, "/"), (.get, "/own")]) == [404, 200])
    }

    @Test(arguments: Endpoint.all.map(\.group.rawValue))
    func aProgramMountsOnlyTheGroupsItNames(bits: UInt32) async throws {
        let group = EndpointGroups(rawValue: bits)
        let others = EndpointGroups.all.subtracting(group)
        let stage = try EndpointStage()
        stage.becomeReady()
        #expect(try await !status(of: Self.requests(group), mounting: group, stage: stage).contains(404))
        let rest = try await status(of: Self.requests(others), mounting: group, stage: stage)
        #expect(rest.allSatisfy { $0 == 404 }, "\(rest)")
        #expect(try await status(of: [(.get, "/own")], mounting: []) == [200])
    }

    @Test func belowAPIAnotherMethodIs405AndElsewhereTheRouters404() async throws {
        let requests: [(HTTPRequest.Method, String)] = [
            (.get, "/api/v1/heartbeats/worker/open"), (.post, "/api/v1/components"), (.delete, "/api/v1/flags"),
            (.get, "/api/v1/components/db/drill"), (.post, "/metrics"), (.get, "/-/reload"), (.post, "/livez"),
        ]
        #expect(try await status(of: requests) == [405, 405, 405, 405, 404, 404, 404])
    }

    @Test func whereTheContextKnowsThePeerLoopbackCounts() async throws {
        let stage = try EndpointStage { $0.settings.web.lifecycle = .loopback }
        let drill: [(HTTPRequest.Method, String)] = [(.post, "/api/v1/components/db/drill")]
        #expect(try await status(of: drill, stage: stage) == [403])
        #expect(try await status(of: drill, context: LoopbackContext.self, stage: stage) == [200])
        let beat: [(HTTPRequest.Method, String)] = [(.post, "/api/v1/heartbeats/worker/open")]
        #expect(try await status(of: beat, context: LoopbackContext.self, stage: stage) == [204])
    }

    @Test func aBodyOverTheLimitIs413() async throws {
        let stage = try EndpointStage { $0.settings.web.lifecycle = .loopback }
        let drill: [(HTTPRequest.Method, String)] = [(.post, "/api/v1/components/db/drill")]
        let body = String(repeating: " ", count: EndpointResponder.maximumBody + 1)
        #expect(try await status(of: drill, context: LoopbackContext.self, stage: stage, body: body) == [413])
    }

    @Test func mountedEndpointsAreCountedLikeThoseOfTheListener() async throws {
        let stage = try EndpointStage()
        _ = try await status(of: [(.get, "/healthz"), (.head, "/livez"), (.get, "/own")], stage: stage)
        #expect(stage.count("/livez") == [2, 0, 0, 0] && stage.count("other") == [0, 0, 0, 0])
    }
}
