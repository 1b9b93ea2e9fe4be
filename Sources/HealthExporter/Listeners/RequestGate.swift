import HealthCore
import NIOCore
import NIOHTTP1
import NIOSSL

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
        /// The whole body.
        let body: Int
    }

    /// The end of a connection that the exporter ends.
    private enum Ending {
        case none
        /// The last answer is being written, and nothing more is read.
        case writing
        /// The last answer is written out.
        case written
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
    private var ending = Ending.none
    private var pipelined = PipelinedRequests()

    /// A gate for the connection of a clock.
    init(clock: ConnectionClock, counts: RequestCounts, maximumBody: Int) {
        self.clock = clock
        self.counts = counts
        self.maximumBody = maximumBody
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard ending == .none else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            pipelined.begin()
            guard Self.hasOneHost(head) else { return refuseHead(context) }
            (bytes, answer, mustClose) = (0, .none, isInputClosed || !head.isKeepAlive)
            clock.headEnded()
            recordProbe(head)
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

    func channelReadComplete(context: ChannelHandlerContext) {
        pipelined.readEnded()
        context.fireChannelReadComplete()
    }

    /// Exactly one `Host` of HTTP/1.1, of the characters that one has (RFC 9112 §3.2): who may do what depends on it.
    private static func hasOneHost(_ head: HTTPRequestHead) -> Bool {
        let hosts = head.headers["host"]
        guard hosts.count == 1 || (hosts.isEmpty && head.version != .http1_1) else { return false }
        return hosts.allSatisfy { host in host.utf8.allSatisfy { $0 > 32 && $0 < 127 && !Self.delimiters.contains($0) }
        }
    }

    /// What would end or begin something else than a host and a port (RFC 3986 §3.2).
    private static let delimiters = Set(#"/?#@,;"\<>^`{|}"#.utf8)

    /// Whoever sends probes is preferred when places are few.
    private func recordProbe(_ head: HTTPRequestHead) {
        guard !clock.isPreferred, case .probe = EndpointMatch(path: RequestTarget(head.uri).path)?.endpoint.handler
        else {
            return
        }
        clock.probed()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard ending == .none else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            answer = .begun
            mustClose = mustClose || !head.isKeepAlive
            if mustClose { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            clock.answerBegan()
            writePart(wrapOutboundOut(.head(head)), context: context, promise: promise)
        case .body: writePart(data, context: context, promise: promise)
        case .end: writeEnd(data, context: context, promise: promise)
        }
    }

    private func writePart(_ data: NIOAny, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let part = context.eventLoop.makePromise(of: Void.self)
        written = part.futureResult
        part.futureResult.cascade(to: promise)
        context.write(data, promise: part)
    }

    /// Lets the end of an answer pass once the rest of it is written out; then the connection is kept or ended.
    ///
    /// The next request is read after that, so that the answers of a peer that doesn't read them can't pile up. Behind some that came
    /// together it waits for the turn of others on the loop.
    private func writeEnd(_ data: NIOAny, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let rest = written ?? context.eventLoop.makeSucceededVoidFuture()
        rest.assumeIsolated().whenComplete { [self] result in
            if case .failure(let error) = result {
                promise?.fail(error)
                return
            }
            guard let turn = pipelined.turnOfOthers else {
                return passEnd(data, context: context, promise: promise)
            }
            context.eventLoop.assumeIsolated().scheduleTask(in: turn) { [self] in
                passEnd(data, context: context, promise: promise)
            }
        }
    }

    private func passEnd(_ data: NIOAny, context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        answer = .complete
        if mustClose {
            ending = .writing
        } else if head == nil {
            clock.answerEnded()
        } else {
            clock.headEnded()
        }
        let end = context.eventLoop.makePromise(of: Void.self)
        end.futureResult.cascade(to: promise)
        let channel = context.channel
        if mustClose { end.futureResult.assumeIsolated().whenSuccess { [self] in self.end(channel) } }
        let wasPassing = pipelined.isPassingEnd
        pipelined.isPassingEnd = true
        context.writeAndFlush(data, promise: end)
        pipelined.isPassingEnd = wasPassing
    }

    private func refuseBody(_ context: ChannelHandlerContext) {
        guard case .none = answer else { return context.close(promise: nil) }
        refuse(context, .error(413, "the body is too large", hint: "at most \(maximumBody) bytes"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The peer closed its side without saying so in TLS; what comes next tells the same (RFC 8446 §6.1).
        if case .uncleanShutdown = error as? NIOSSLError { return }
        guard error is HTTPParserError else { return context.close(promise: nil) }
        // A head that ends with the connection needs no answer.
        guard ending == .none, context.channel.isActive else { return }
        if case .begun = answer { return context.close(promise: nil) }
        refuseHead(context)
    }

    private func refuseHead(_ context: ChannelHandlerContext) {
        refuse(
            context,
            .error(400, "the request is malformed", hint: "HTTP/1.1, with one Host and a head within the limits")
        )
    }

    /// Answers in place of the endpoint and ends the connection.
    private func refuse(_ context: ChannelHandlerContext, _ reply: HTTPReply) {
        let match = head.flatMap { EndpointMatch(path: RequestTarget($0.uri).path) }
        counts.record(match, status: reply.status)
        ending = .writing
        clock.answerBegan()
        var reply = reply
        reply.headers.append(("Connection", "close"))
        let (written, channel) = (context.eventLoop.makePromise(of: Void.self), context.channel)
        written.futureResult.assumeIsolated().whenSuccess { [self] in end(channel) }
        context.writeReply(reply, withBody: head?.method != .HEAD, promise: written)
    }

    /// Closes the output, and the rest when the peer has closed its side or some time has passed.
    ///
    /// If all were closed at once with bytes unread, the kernel would reset the connection and the answer might be lost (RFC 9112 §9.6).
    private func end(_ channel: any Channel) {
        ending = .written
        guard !isInputClosed else { return channel.close(promise: nil) }
        clock.lingers()
        channel.close(mode: .output, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard let event = event as? ChannelEvent, case .inputClosed = event else {
            return context.fireUserInboundEventTriggered(event)
        }
        // Not passed on: Hummingbird would close the channel before the answer is written.
        isInputClosed = true
        mustClose = true
        if ending == .written || !clock.isAnswering { context.close(promise: nil) }
    }
}
