import HTTPTypes
import NIOCore
import NIOHTTPTypes

/// What ``RequestGate`` is for HTTP/1.1, for one stream of HTTP/2: limits of the body, and of the time for each part of the exchange.
final class StreamGate: ChannelDuplexHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let clock: ConnectionClock
    private let counts: RequestCounts
    private let maximumBody: Int
    private let deadlines = ConnectionDeadlines.main
    private let timer: ConnectionTimer
    private var head: HTTPRequest?
    private var bytes = 0
    private var isOpen = false
    private var isAnswering = false
    private var hasAnswer = false
    private var isRefused = false

    /// A gate for a stream of the connection of a clock.
    init(stream: any Channel, clock: ConnectionClock, counts: RequestCounts, maximumBody: Int) {
        self.clock = clock
        self.counts = counts
        self.maximumBody = maximumBody
        timer = ConnectionTimer(loop: stream.eventLoop)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isRefused else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            open()
            close(context.channel, after: deadlines.body)
        case .body(let part):
            bytes += part.readableBytes
            clock.streamReceived(part.readableBytes)
            if bytes > maximumBody { return refuse(context) }
        case .end: answer()
        }
        context.fireChannelRead(data)
    }

    private func open() {
        isOpen = true
        clock.streamOpened()
    }

    /// The request is complete; its answer is due.
    private func answer() {
        guard isOpen, !isAnswering else { return }
        isAnswering = true
        if !hasAnswer { timer.clear() }
        clock.streamRequestEnded(bytes: bytes)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        isRefused = true
        guard let head, !hasAnswer else { return context.close(promise: nil) }
        let reply = HTTPReply.error(413, "the body is too large", hint: "at most \(maximumBody) bytes")
        counts.record(EndpointMatch(path: RequestTarget(head.path ?? "/").path), status: reply.status)
        let (written, channel) = (context.eventLoop.makePromise(of: Void.self), context.channel)
        written.futureResult.assumeIsolated().whenComplete { _ in channel.close(promise: nil) }
        context.writePage(reply, to: head, promise: written)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head = unwrapOutboundIn(data) {
            hasAnswer = true
            close(context.channel, after: deadlines.answer)
        }
        context.write(data, promise: promise)
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end()
    }

    private func end() {
        timer.end()
        guard isOpen else { return }
        isOpen = false
        clock.streamClosed(wasAnswering: isAnswering, bytes: isAnswering ? 0 : bytes)
    }

    private func close(_ channel: any Channel, after time: TimeAmount) {
        timer.set(to: channel.eventLoop.now + time) { channel.close(promise: nil) }
    }
}
