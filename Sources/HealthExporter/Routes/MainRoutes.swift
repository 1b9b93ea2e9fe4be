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
    let renderer: PageRenderer
    let components: ComponentNames
    let heartbeats: HeartbeatRoute
    let lifecycle: LifecycleRoutes
    let flags: FlagRoutes
    let counts: RequestCounts
    let details: ExporterConfiguration.Audience
    var door = Door.main

    /// The same answers, through another door.
    func through(_ door: Door) -> MainRoutes {
        var routes = self
        routes.door = door
        return routes
    }

    /// Larger than any body that a route takes.
    static let maximumBody = 64 * 1024

    /// What a question gets.
    enum Answer: Sendable {
        case reply(HTTPReply)
        /// To be rendered first.
        case page(PageRequest)
    }

    func respond(to request: Request, context: MainRequestContext) async throws -> Response {
        try await respond(to: request, from: Requester(door: door, peer: context.peer))
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
                let peer = (context as? any RemoteAddressRequestContext)?.remoteAddress
                return try await respond(to: request, from: Requester(door: door, peer: peer))
            }
        }
    }

    private func respond(to request: Request, from requester: Requester) async throws -> Response {
        let target = RequestTarget(request.head.path ?? "/")
        let handler = RequestCounts.Handler(path: target.path)
        let reply =
            if let reply = try await action(request, handler, path: target.path, from: requester) {
                reply
            } else {
                switch answer(to: request.head, from: requester) {
                case .reply(let reply): reply
                case .page(let page): await renderer.page(page)
                }
            }
        counts.record(handler, status: reply.status)
        let response = Response(
            status: .init(code: reply.status),
            headers: reply.fields,
            body: .init(byteBuffer: reply.content)
        )
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// The answer to what is more than a question; nil for everything else.
    private func action(
        _ request: Request,
        _ handler: RequestCounts.Handler,
        path: Substring,
        from requester: Requester
    ) async throws -> HTTPReply? {
        func body() async throws -> [UInt8] {
            Array(try await request.body.collect(upTo: Self.maximumBody).readableBytesView)
        }
        switch handler {
        case .heartbeat where request.method == .post:
            let names = path.dropFirst(HeartbeatRoute.prefix.count)
            return heartbeats.reply(to: request.head, path: names, body: try await body(), from: requester)
        case .drill:
            let name = String(path.dropFirst("/api/v1/components/".count).dropLast("/drill".count))
            return try await lifecycle.drill(request.head, of: name, from: requester, body: body)
        case .reload: return await lifecycle.reload(request.head, from: requester)
        case .evaluateFlag, .evaluateFlags:
            return flags.evaluate(request.head, path: path, body: try await body())
        default: return nil
        }
    }

    /// Whether a request only asks, so that it is answered without a task.
    func isQuestion(_ request: HTTPRequest) -> Bool {
        guard request.method == .get || request.method == .head else { return false }
        switch RequestCounts.Handler(path: RequestTarget(request.path ?? "/").path) {
        case .drill, .reload, .evaluateFlag, .evaluateFlags: return false
        default: return true
        }
    }

    /// The answer to what is no action.
    func answer(to request: HTTPRequest, from requester: Requester) -> Answer {
        let target = RequestTarget(request.path ?? "/")
        let isKnown = RequestCounts.Handler(path: target.path) != .other
        guard isKnown else { return .reply(.error(404, "no such path", hint: "the paths are listed at /")) }
        if target.path.hasPrefix(HeartbeatRoute.prefix) { return .reply(.methodNotAllowed("POST")) }
        guard request.method == .get || request.method == .head else { return .reply(.methodNotAllowed("GET, HEAD")) }
        if let reply = probes.reply(to: target) { return .reply(reply) }
        if target.path == "/api/v1/flags" { return .reply(flags.list()) }
        let page = page(for: request, target, from: requester)
        if case .component(let name, _) = page, let refusal = components.refusal(of: name) { return .reply(refusal) }
        return .page(page)
    }

    private func page(for request: HTTPRequest, _ target: RequestTarget, from requester: Requester) -> PageRequest {
        let showsDetails = requester.isAllowed(details, request)
        let accept = request.headerFields[values: .accept].joined(separator: ",")
        switch target.path {
        case "/metrics":
            let encodings = request.headerFields[values: .acceptEncoding].joined(separator: ",")
            return .metrics(
                ContentNegotiation.format(accept: accept),
                gzip: ContentNegotiation.acceptsGzip(encodings)
            )
        case "/": return .statusPage
        case "/health/detailed":
            return .detailed(
                showsDetails: showsDetails,
                healthJSON: ContentNegotiation.prefersHealthJSON(accept)
            )
        case "/api/v1/components": return .components(showsDetails: showsDetails)
        default:
            let name = target.path.dropFirst("/api/v1/components/".count)
            return .component(String(name), showsDetails: showsDetails)
        }
    }
}
