import HealthCore
import NIOCore
import NIOHTTP1

/// Tells the connection's clock of accept, the first bytes, the wish to end and close; sits before the codec.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let clock: ConnectionClock

    init(clock: ConnectionClock) {
        self.clock = clock
    }

    func channelActive(context: ChannelHandlerContext) {
        clock.opened()
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        clock.received()
        context.fireChannelRead(data)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { clock.quiesces() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        clock.closed()
        context.fireChannelInactive()
    }
}

/// Refuses what is malformed or too large, lets the next request in once the answer before it is written out, and ends
/// connections so that the last answer arrives; sits behind the codec of both listeners.
final class RequestGate: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// How many bytes a request may have.
    struct Limits {
        /// One header field.
        let field: Int
        /// The whole head.
        let head: Int
        let body: Int
    }

    private enum Answer {
        case none, begun
        /// Written out.
        case complete
    }

    private let clock: ConnectionClock
    private let counts: RequestCounts
    private let maximumBody: Int
    /// The request that is being received.
    private var head: HTTPRequestHead?
    private var bytes = 0
    private var answer = Answer.none
    /// When what is there of the answer is written out.
    private var written: EventLoopFuture<Void>?
    private var mustClose = false
    private var isInputClosed = false
    /// Whether the last answer is on its way, and nothing that comes is looked at any more.
    private var isEnding = false
    /// Whether the last answer is written out.
    private var hasEnded = false

    init(clock: ConnectionClock, counts: RequestCounts, maximumBody: Int) {
        self.clock = clock
        self.counts = counts
        self.maximumBody = maximumBody
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isEnding else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            (bytes, answer, mustClose) = (0, .none, isInputClosed || !head.isKeepAlive)
            clock.headEnded()
            let length = head.headers.first(name: "content-length").flatMap { Int($0) } ?? 0
            if length > maximumBody { return refuseBody(context) }
        case .body(let part):
            bytes += part.readableBytes
            if bytes > maximumBody { return refuseBody(context) }
        case .end:
            head = nil
            // An answer may come before the end of what it answers.
            switch answer {
            case .none: clock.requestEnded()
            case .begun: break
            case .complete: clock.answerEnded()
            }
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isEnding else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            answer = .begun
            mustClose = mustClose || !head.isKeepAlive
            if mustClose { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            clock.answerBegan()
            writePart(context, wrapOutboundOut(.head(head)), promise)
        case .body: writePart(context, data, promise)
        case .end: writeEnd(context, data, promise)
        }
    }

    private func writePart(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        let part = context.eventLoop.makePromise(of: Void.self)
        written = part.futureResult
        part.futureResult.cascade(to: promise)
        context.write(data, promise: part)
    }

    /// Lets the end of an answer pass once the rest of it is written out; then the connection is kept or ended.
    ///
    /// The end lets the next request of the peer in: so the answers of one who doesn't read can't pile up.
    private func writeEnd(_ context: ChannelHandlerContext, _ data: NIOAny, _ promise: EventLoopPromise<Void>?) {
        let rest = written ?? context.eventLoop.makeSucceededVoidFuture()
        rest.assumeIsolated().whenComplete { [self] result in
            if case .failure(let error) = result {
                promise?.fail(error)
                return
            }
            answer = .complete
            if mustClose {
                isEnding = true
            } else if head == nil {
                clock.answerEnded()
            } else {
                clock.headEnded()
            }
            let end = context.eventLoop.makePromise(of: Void.self)
            end.futureResult.cascade(to: promise)
            let channel = context.channel
            if mustClose { end.futureResult.assumeIsolated().whenSuccess { [self] in self.end(channel) } }
            context.writeAndFlush(data, promise: end)
        }
    }

    private func refuseBody(_ context: ChannelHandlerContext) {
        guard case .none = answer else { return context.close(promise: nil) }
        refuse(context, .error(413, "the body is too large", hint: "at most \(maximumBody) bytes"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.close(promise: nil) }
        // A head that the peer cut off by closing needs no answer.
        guard !isEnding, context.channel.isActive else { return }
        if case .begun = answer { return context.close(promise: nil) }
        refuse(context, .error(400, "the request is malformed", hint: "HTTP/1.1, with a head within the limits"))
    }

    /// Answers in place of the routes and ends the connection.
    private func refuse(_ context: ChannelHandlerContext, _ reply: HTTPReply) {
        let handler = head.map { RequestCounts.Handler(path: RequestTarget($0.uri).path) } ?? .other
        counts.record(handler, status: reply.status)
        isEnding = true
        clock.answerBegan()
        var reply = reply
        reply.headers.append(("Connection", "close"))
        let (written, channel) = (context.eventLoop.makePromise(of: Void.self), context.channel)
        written.futureResult.assumeIsolated().whenSuccess { [self] in end(channel) }
        context.writeReply(reply, withBody: head?.method != .HEAD, promise: written)
    }

    /// Closes our side, and the rest when the peer has closed his or some time has passed.
    ///
    /// Closed at once with bytes of his unread, the kernel would reset the connection, and he might never see the answer.
    private func end(_ channel: any Channel) {
        (isEnding, hasEnded) = (true, true)
        guard !isInputClosed else { return channel.close(promise: nil) }
        clock.lingers()
        channel.close(mode: .output, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, case .inputClosed = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        // Not told to the routes: they would close our side before the answer is written.
        isInputClosed = true
        mustClose = true
        if hasEnded || !clock.isAnswering { context.close(promise: nil) }
    }
}

extension ChannelHandlerContext {
    /// Writes a whole answer at once.
    func writeReply(_ reply: HTTPReply, withBody: Bool, promise: EventLoopPromise<Void>?) {
        let headers = HTTPHeaders(reply.allHeaders.map { ($0.name, $0.value) })
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: reply.status), headers: headers)
        write(NIOAny(HTTPServerResponsePart.head(head)), promise: nil)
        if withBody { write(NIOAny(HTTPServerResponsePart.body(.byteBuffer(reply.content))), promise: nil) }
        writeAndFlush(NIOAny(HTTPServerResponsePart.end(nil)), promise: promise)
    }
}

extension ChannelPipeline.SynchronousOperations {
    /// Adds all that stands between the socket of either listener and what answers its requests.
    func addRequestGate(clock: ConnectionClock, counts: RequestCounts, limits: RequestGate.Limits) throws {
        var decoding = NIOHTTPDecoderLimitConfiguration()
        decoding.maxHeaderFieldSize = limits.field
        decoding.maxHeaderListSize = limits.head
        decoding.maxHeaderFieldCount = 100
        try addHandler(ConnectionHandler(clock: clock))
        // Pipelined requests wait for the answer before them; a graceful shutdown ends connections between requests.
        try configureHTTPServerPipeline(
            withPipeliningAssistance: true,
            withErrorHandling: false,
            withOutboundHeaderValidation: true,
            withEncoderConfiguration: .init(),
            withDecoderLimitConfiguration: decoding
        )
        try addHandler(RequestGate(clock: clock, counts: counts, maximumBody: limits.body))
    }
}
