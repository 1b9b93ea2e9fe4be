import HealthCore
import NIOCore
import NIOHTTP1

/// Answers probes on the event loop, synchronously; head, body and end leave in one write.
final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// More than a probe needs.
    static let maximumBody = 1024

    private let responder: ProbeResponder
    private let counts: RequestCounts
    private let store: StatusStore
    private var head: HTTPRequestHead?

    /// A handler for one connection.
    init(responder: ProbeResponder, counts: RequestCounts, store: StatusStore) {
        self.responder = responder
        self.counts = counts
        self.store = store
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): self.head = head
        case .body: break
        case .end:
            guard let head else { return }
            self.head = nil
            respond(to: head, context)
        }
    }

    private func respond(to request: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let target = RequestTarget(request.uri)
        let match = EndpointMatch(path: target.path)
        var reply = reply(to: request, target: target, endpoint: match?.endpoint)
        counts.record(match, status: reply.status)
        if store.isShuttingDown { reply.headers.append(("Connection", "close")) }
        context.writeReply(reply, withBody: request.method != .HEAD, promise: nil)
    }

    private func reply(to head: HTTPRequestHead, target: RequestTarget, endpoint: Endpoint?) -> HTTPReply {
        guard let endpoint, case .probe(let probe) = endpoint.handler else {
            return .error(404, "no such path", hint: "the probes are /livez, /readyz and /startupz")
        }
        guard head.method == .GET || head.method == .HEAD else { return .methodNotAllowed(endpoint.allowedMethods) }
        return responder.reply(to: probe, target)
    }
}
