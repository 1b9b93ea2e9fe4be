import HealthCore
import NIOCore
import NIOHTTP1

/// Answers probes on the event loop, synchronously; head, body and end leave in one write.
final class ProbeHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    /// A whole request has to be there by then, however slowly it drips; also how long an idle connection lives.
    private static let requestDeadline = TimeAmount.seconds(10)
    private static let maximumBody = 1024

    static var limits: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = 8 * 1024
        limits.maxHeaderListSize = 16 * 1024
        limits.maxHeaderFieldCount = 100
        return limits
    }

    private let responder: ProbeResponder
    private let counts: RequestCounts
    private let store: StatusStore
    private var head: HTTPRequestHead?
    private var bodyBytes = 0
    private var deadline: Scheduled<Void>?

    init(responder: ProbeResponder, counts: RequestCounts, store: StatusStore) {
        self.responder = responder
        self.counts = counts
        self.store = store
    }

    func channelActive(context: ChannelHandlerContext) {
        startDeadline(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    private func startDeadline(_ context: ChannelHandlerContext) {
        deadline?.cancel()
        let channel = context.channel
        deadline = context.eventLoop.scheduleTask(in: Self.requestDeadline) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            bodyBytes = 0
        case .body(let part):
            bodyBytes += part.readableBytes
            guard bodyBytes > Self.maximumBody, let head else { return }
            self.head = nil
            let reply = HTTPReply.error(413, "the body is too large", hint: "a probe needs no body")
            respond(reply, to: head, context, mustClose: true)
        case .end:
            guard let head else { return }
            self.head = nil
            respond(reply(to: head), to: head, context, mustClose: !head.isKeepAlive || store.isShuttingDown)
        }
    }

    private func reply(to head: HTTPRequestHead) -> HTTPReply {
        let target = RequestTarget(head.uri)
        guard ProbeResponder.Probe(path: target.path) != nil else {
            return .error(404, "no such path", hint: "the probes are /livez, /readyz and /startupz")
        }
        guard head.method == .GET || head.method == .HEAD else { return .methodNotAllowed("GET, HEAD") }
        return responder.reply(to: target) ?? .error(500, "no answer", hint: "this is a fault of the exporter")
    }

    private func respond(
        _ reply: HTTPReply,
        to request: HTTPRequestHead,
        _ context: ChannelHandlerContext,
        mustClose: Bool
    ) {
        counts.record(RequestCounts.Handler(path: RequestTarget(request.uri).path), status: reply.status)
        var headers = HTTPHeaders(reply.allHeaders.map { ($0.name, $0.value) })
        if mustClose { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .HEAD {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: reply.body)))), promise: nil)
        }
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        if mustClose { written.futureResult.whenComplete { _ in channel.close(promise: nil) } }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
        startDeadline(context)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
