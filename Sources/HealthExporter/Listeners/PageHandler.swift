import HTTPTypes
import HealthCore
import NIOCore
import NIOHTTPTypes

/// Answers what only asks, on the event loop and without a task, so that it is answered while the cooperative pool is blocked.
///
/// Pages come from their renderer. Everything else goes on to the routes that act.
final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let routes: MainRoutes
    private let readers: PageReaderPlaces
    private var question: HTTPRequest?

    init(routes: MainRoutes, readers: PageReaderPlaces) {
        self.routes = routes
        self.readers = readers
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where routes.isQuestion(head):
            question = head
        case .end where question != nil:
            if let question { answer(question, context) }
            question = nil
        case .head, .body, .end:
            // A body that a question brings along is of no use.
            if question == nil { context.fireChannelRead(data) }
        }
    }

    private func answer(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        let handler = RequestCounts.Handler(path: RequestTarget(request.path ?? "/").path)
        switch routes.answer(
            to: request,
            from: Requester(door: routes.door, peer: context.channel.remoteAddress)
        ) {
        case .reply(let reply):
            routes.counts.record(handler, status: reply.status)
            write(reply, to: request, context, promise: nil)
        case .page(let page):
            let promise = context.eventLoop.makePromise(of: HTTPReply.self)
            promise.futureResult.assumeIsolated().whenSuccess { [self] reply in
                // Gone meanwhile: nobody reads it.
                guard context.channel.isActive else { return }
                writePage(reply, to: request, handler, context)
            }
            routes.renderer.render(page) { promise.succeed($0) }
        }
    }

    private func writePage(
        _ reply: HTTPReply,
        to request: HTTPRequest,
        _ handler: RequestCounts.Handler,
        _ context: ChannelHandlerContext
    ) {
        let (channel, bytes) = (context.channel, reply.content.readableBytes)
        guard bytes > PageReaders.smallPage, request.method != .head else {
            routes.counts.record(handler, status: reply.status)
            return write(reply, to: request, context, promise: nil)
        }
        guard readers.admit(channel, page: reply.page, bytes: bytes) else {
            routes.counts.record(handler, status: 503)
            return write(.busy, to: request, context, promise: nil)
        }
        routes.counts.record(handler, status: reply.status)
        let written = context.eventLoop.makePromise(of: Void.self)
        let watch = ReadingWatch(channel: channel, readers: readers)
        watch.inspect()
        written.futureResult.assumeIsolated().whenComplete { [readers] _ in
            watch.stop()
            readers.leave(channel)
        }
        write(reply, to: request, context, promise: written)
    }

    private func write(
        _ reply: HTTPReply,
        to request: HTTPRequest,
        _ context: ChannelHandlerContext,
        promise: EventLoopPromise<Void>?
    ) {
        let head = HTTPResponse(status: .init(code: reply.status), headerFields: reply.fields)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if request.method != .head, reply.content.readableBytes > 0 {
            context.write(wrapOutboundOut(.body(reply.content)), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
    }
}

/// Tells the readers every second whether one of them still reads; lives on its event loop.
private final class ReadingWatch {
    private let channel: any Channel
    private let readers: PageReaderPlaces
    private var last = Int.max
    private var next: Scheduled<Void>?

    init(channel: any Channel, readers: PageReaderPlaces) {
        self.channel = channel
        self.readers = readers
    }

    func inspect() {
        let period = ConnectionDeadlines.progressPeriod
        next = channel.eventLoop.assumeIsolated().scheduleTask(in: period) { [self] in
            let rest = channel.unwrittenBytes
            if rest < last { readers.moved(channel) }
            last = rest
            inspect()
        }
    }

    func stop() {
        next?.cancel()
    }
}
