import HTTPTypes
import HealthCore
import NIOCore
import NIOHTTPTypes

/// Answers GET and HEAD on the event loop, without a task, so that they are answered while the cooperative pool is blocked.
///
/// Pages come from their renderer. Requests of other methods go on to Hummingbird.
final class PageHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart

    private let routes: EndpointResponder
    private let readers: PageReaderPlaces
    private let isStream: Bool
    /// A read whose end has not come yet.
    private var request: HTTPRequest?
    /// The events that are being sent.
    private var stream: EventStream?

    /// A handler for one connection, or for one stream of HTTP/2.
    init(routes: EndpointResponder, readers: PageReaderPlaces, isStream: Bool) {
        self.routes = routes
        self.readers = readers
        self.isStream = isStream
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where EndpointRequest.isRead(head.method):
            request = head
        case .end where request != nil:
            if let request { answer(request, context) }
            request = nil
        case .head, .body, .end:
            // The body of a read has no meaning (RFC 9110 §9.3.1).
            if request == nil { context.fireChannelRead(data) }
        }
    }

    private func answer(_ request: HTTPRequest, _ context: ChannelHandlerContext) {
        let requester = routes.requester(on: context.channel)
        let (answer, match) = routes.read(EndpointRequest(request, from: requester))
        switch answer {
        case .reply(let reply):
            routes.counts.record(match, status: reply.status)
            context.writePage(reply, to: request, promise: nil)
        case .page(let page):
            let promise = context.eventLoop.makePromise(of: HTTPReply.self)
            promise.futureResult.assumeIsolated().whenSuccess { [self] reply in
                // The connection was closed meanwhile: nobody reads it.
                guard context.channel.isActive else { return }
                writePage(reply, to: request, match: match, context: context)
            }
            routes.renderer.render(page) { promise.succeed($0) }
        case .stream(let subscription): begin(subscription, request, match: match, context: context)
        }
    }

    private func begin(
        _ subscription: LiveSubscription,
        _ request: HTTPRequest,
        match: EndpointMatch?,
        context: ChannelHandlerContext
    ) {
        let stream = EventStream(feed: routes.feed, context: context)
        guard request.method != .head, stream.begin(subscription, onEnd: { [self] in self.stream = nil }) else {
            let reply = request.method == .head ? HTTPReply.eventStream : .busy
            routes.counts.record(match, status: reply.status)
            return context.writePage(reply, to: request, promise: nil)
        }
        routes.counts.record(match, status: 200)
        self.stream = stream
    }

    func channelInactive(context: ChannelHandlerContext) {
        stream?.end()
        stream = nil
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        stream?.end()
        stream = nil
    }

    private func writePage(
        _ reply: HTTPReply,
        to request: HTTPRequest,
        match: EndpointMatch?,
        context: ChannelHandlerContext
    ) {
        let (channel, bytes) = (context.channel, reply.contentLength)
        guard bytes > PageReaders.smallPage, request.method != .head else {
            routes.counts.record(match, status: reply.status)
            return context.writePage(reply, to: request, promise: nil)
        }
        guard readers.admit(channel, page: reply.page, bytes: bytes) else {
            routes.counts.record(match, status: 503)
            return context.writePage(.busy, to: request, promise: nil)
        }
        routes.counts.record(match, status: reply.status)
        let written = context.eventLoop.makePromise(of: Void.self)
        let watch = ReadingWatch(channel: channel, readers: readers, bytes: isStream ? bytes : nil)
        watch.inspect()
        written.futureResult.assumeIsolated().whenComplete { [readers] _ in
            watch.stop()
            readers.leave(channel)
        }
        let pieces = { (bytes: Int) in watch.written(bytes) }
        context.writePage(reply, to: request, pieces: isStream ? pieces : nil, promise: written)
    }
}

/// Tells the readers every second whether this one still reads; lives on its event loop.
private final class ReadingWatch {
    private let channel: any Channel
    private let readers: PageReaderPlaces
    /// What is not written out yet of a page on a stream, which can't be asked for that; nil for a connection, which can.
    private var streamBytes: Int?
    private var last = Int.max
    private var next: Scheduled<Void>?

    init(channel: any Channel, readers: PageReaderPlaces, bytes: Int?) {
        self.channel = channel
        self.readers = readers
        streamBytes = bytes
    }

    /// So many bytes of a page on a stream are written out.
    func written(_ count: Int) {
        streamBytes = streamBytes.map { $0 - count }
    }

    func inspect() {
        let period = ConnectionDeadlines.progressPeriod
        next = channel.eventLoop.assumeIsolated().scheduleTask(in: period) { [self] in
            let rest = streamBytes ?? channel.unwrittenBytes
            if rest < last { readers.moved(channel) }
            last = rest
            inspect()
        }
    }

    func stop() {
        next?.cancel()
    }
}
