import HTTPTypes
import HealthCore
import Hummingbird
import NIOCore

/// What a request to the main listener carries besides itself.
struct MainRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let peer: SocketAddress?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        peer = source.channel.remoteAddress
    }
}

/// The main listener's answers: one switch over the paths.
///
/// Every answer is one buffer: a stream to a stalled reader never ends.
struct MainRoutes: HTTPResponder {
    let probes: ProbeResponder
    let pages: Pages
    let heartbeats: HeartbeatRoute
    let lifecycle: LifecycleRoutes
    let flags: FlagRoutes
    let counts: RequestCounts
    let details: ExporterConfiguration.Audience

    func respond(to request: Request, context: MainRequestContext) async throws -> Response {
        try await respond(to: request, peer: context.peer)
    }

    /// Adds every path but `/` to a router of somebody else.
    func add<Context: RequestContext>(to router: some RouterMethods<Context>) {
        let asked = ProbeResponder.Probe.paths + ["/health/detailed", "/metrics", "/api/v1/**"]
        let told = ["/-/reload", "/api/v1/**", "/ofrep/v1/evaluate/**"]
        let paths =
            asked.flatMap { [($0, HTTPRequest.Method.get), ($0, .head)] } + told.map { ($0, .post) } + [
                ("/api/v1/**", .delete)
            ]
        for (path, method) in paths {
            _ = router.on(RouterPath(path), method: method) { request, context in
                try await respond(to: request, peer: (context as? any RemoteAddressRequestContext)?.remoteAddress)
            }
        }
    }

    private func respond(to request: Request, peer: SocketAddress?) async throws -> Response {
        let target = RequestTarget(request.head.path ?? "/")
        let handler = RequestCounts.Handler(path: target.path)
        let reply =
            if let reply = try await action(request, handler, target.path, peer: peer) {
                reply
            } else {
                reply(to: request.head, target, peer: peer)
            }
        counts.record(handler, status: reply.status)
        let response = Response(
            status: .init(code: reply.status),
            headers: Self.fields(reply.allHeaders),
            body: .init(byteBuffer: ByteBuffer(bytes: reply.body))
        )
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// The answer to what is more than a question; nil for everything else.
    private func action(
        _ request: Request,
        _ handler: RequestCounts.Handler,
        _ path: Substring,
        peer: SocketAddress?
    ) async throws -> HTTPReply? {
        func body() async throws -> [UInt8] {
            Array(try await request.body.collect(upTo: RequestLimits.maximumBody).readableBytesView)
        }
        switch handler {
        case .heartbeat where request.method == .post:
            let names = path.dropFirst(HeartbeatRoute.prefix.count)
            return heartbeats.reply(to: request.head, names, body: try await body(), peer: peer)
        case .drill:
            let name = String(path.dropFirst("/api/v1/components/".count).dropLast("/drill".count))
            return lifecycle.drill(request.head, of: name, body: try await body(), peer: peer)
        case .reload: return await lifecycle.reload(request.head, peer: peer)
        case .evaluateFlag, .evaluateFlags:
            return flags.evaluate(request.head, path: path, body: try await body())
        default: return nil
        }
    }

    private static func fields(_ headers: [(name: String, value: String)]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        return fields
    }

    private func reply(to request: HTTPRequest, _ target: RequestTarget, peer: SocketAddress?) -> HTTPReply {
        let isKnown = RequestCounts.Handler(path: target.path) != .other
        guard isKnown else { return .error(404, "no such path", hint: "the paths are listed at /") }
        if target.path.hasPrefix(HeartbeatRoute.prefix) { return .methodNotAllowed("POST") }
        guard request.method == .get || request.method == .head else { return .methodNotAllowed("GET, HEAD") }
        if let reply = probes.reply(to: target) { return reply }
        switch target.path {
        case "/metrics":
            return pages.metrics(
                accept: request.headerFields[values: .accept].joined(separator: ","),
                acceptEncoding: request.headerFields[values: .acceptEncoding].joined(separator: ",")
            )
        case "/": return pages.statusPage()
        case "/api/v1/flags": return flags.list()
        case "/health/detailed":
            return pages.detailed(
                showsDetails: showsDetails(request, peer),
                accept: request.headerFields[values: .accept].joined(separator: ",")
            )
        case "/api/v1/components": return pages.components(showsDetails: showsDetails(request, peer))
        default:
            let name = target.path.dropFirst("/api/v1/components/".count)
            return pages.component(named: String(name), showsDetails: showsDetails(request, peer))
        }
    }

    private func showsDetails(_ request: HTTPRequest, _ peer: SocketAddress?) -> Bool {
        switch details {
        case .always: true
        case .never: false
        case .local: Locality.isLocal(request, peer: peer)
        }
    }
}
