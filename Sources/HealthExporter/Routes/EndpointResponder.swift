import HTTPTypes
import HealthCore
import Hummingbird
import NIOCore

/// What a request to the main listener carries besides itself.
struct MainRequestContext: RequestContext {
    /// What Hummingbird keeps with a request.
    var coreContext: CoreRequestContextStorage
    /// Where the request came in, and where its answer goes.
    let channel: any Channel

    /// The context of a request on a channel.
    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Answers requests from the table of endpoints, on the main listener, the admin socket and the router of a program.
///
/// Every answer but `/events` is one buffer: a stream to a stalled reader never ends. Paths are matched here rather than by Hummingbird's router,
/// because reads are answered on the event loop, before there is a task.
struct EndpointResponder: HTTPResponder {
    /// What handlers answer from.
    let services: EndpointServices
    /// Renders the pages of reads.
    let renderer: PageRenderer
    /// Sends open pages what changes.
    let feed: LiveFeed
    /// Counts the answers.
    let counts: RequestCounts
    /// Where its requests come in.
    var listener = RequestListener.main
    /// Those of its connections whose request comes from an authenticated user.
    let admins = AdminChannels()

    /// Larger than any body that an endpoint reads.
    static let maximumBody = 64 * 1024

    /// The same endpoints, on another listener.
    func serving(_ listener: RequestListener) -> EndpointResponder {
        var responder = self
        responder.listener = listener
        return responder
    }

    /// Who sent the request that a channel answers.
    func requester(on channel: any Channel) -> Requester {
        Requester(listener: listener, peer: channel.remoteAddress, isAuthenticated: admins.contains(channel))
    }

    /// Answers a request that came in by a listener.
    func respond(to request: Request, context: MainRequestContext) async throws -> Response {
        try await respond(to: request, from: requester(on: context.channel))
    }

    /// Answers a request whose sender is known.
    func respond(to request: Request, from requester: Requester) async throws -> Response {
        var endpointRequest = EndpointRequest(request.head, from: requester)
        let body = request.body
        endpointRequest.body = { Array(try await body.collect(upTo: Self.maximumBody).readableBytesView) }
        let match = EndpointMatch(path: endpointRequest.target.path)
        let reply =
            switch step(for: endpointRequest, match) {
            case .reply(let reply): reply
            case .page(let page): await renderer.page(page)
            // A browser then doesn't connect again (HTML, §9.2.2), and the page polls.
            case .stream: HTTPReply.noContent
            case .action(let act, let request): try await act(services, request)
            }
        counts.record(match, status: reply.status)
        let response = Response(
            status: .init(code: reply.status),
            headers: reply.fields,
            body: .init(contentsOf: reply.content)
        )
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// The answer to a GET or HEAD, which needs no task, and the endpoint it counts for.
    func read(_ request: EndpointRequest) -> (answer: Endpoint.Answer, match: EndpointMatch?) {
        let match = EndpointMatch(path: request.target.path)
        switch step(for: request, match) {
        case .reply(let reply): return (.reply(reply), match)
        case .page(let page): return (.page(page), match)
        case .stream(let subscription): return (.stream(subscription), match)
        // Not reached: no action has the method GET, as a test makes sure.
        case .action: return (.reply(.error(500, "no answer", hint: "this is a fault of the exporter")), match)
        }
    }

    /// What a request needs next.
    private enum Step {
        case reply(HTTPReply)
        case page(PageRequest)
        case stream(LiveSubscription)
        case action(@Sendable (EndpointServices, EndpointRequest) async throws -> HTTPReply, EndpointRequest)
    }

    /// Path, method and access, in this order; then it is the handler's turn.
    private func step(for request: EndpointRequest, _ match: EndpointMatch?) -> Step {
        guard let match else { return .reply(.error(404, "no such path", hint: "the paths are listed at /")) }
        let endpoint = match.endpoint
        guard endpoint.methods.contains(request.head.method) else {
            return .reply(.methodNotAllowed(endpoint.allowedMethods))
        }
        if case .lifecycle = endpoint.access, let refusal = services.access.refusal(of: request) {
            return .reply(refusal)
        }
        var request = request
        request.parameter = match.parameter
        switch endpoint.handler {
        case .probe(let probe): return .reply(services.probes.reply(to: probe, request.target))
        case .action(let act): return .action(act, request)
        case .read(let read):
            switch read(services, request) {
            case .reply(let reply): return .reply(reply)
            case .page(let page): return .page(page)
            case .stream(let subscription): return .stream(subscription)
            }
        }
    }
}

extension EndpointResponder {
    /// Adds endpoints to a program's router, each under its path and its aliases.
    ///
    /// Other methods of a path are the router's to answer, but for those below `/api`, where the endpoint answers 405 itself.
    func mount<Context: RequestContext>(_ groups: EndpointGroups, on router: some RouterMethods<Context>) {
        for endpoint in Endpoint.all where groups.contains(endpoint.group) {
            let methods = endpoint.path.hasPrefix("/api/") ? [.get, .head, .post, .delete] : endpoint.methods
            for path in [endpoint.path] + endpoint.aliases {
                for method in methods {
                    _ = router.on(RouterPath(path), method: method) { request, context in
                        let peer = (context as? any RemoteAddressRequestContext)?.remoteAddress
                        return try await respond(to: request, from: Requester(listener: listener, peer: peer))
                    }
                }
            }
        }
    }
}
