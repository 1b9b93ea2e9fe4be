import HealthCore
import NIOCore
import NIOHTTP1

/// Sends one request on a connection and reads one response up to a limit; enters the phases request, processing and transfer.
final class HTTPExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// What is sent and how much is read.
    struct Request: Sendable {
        /// Request line and headers.
        let head: HTTPRequestHead
        /// What follows the head; may be empty.
        let body: [UInt8]
        /// How many bytes of the response's body are kept.
        let maximumBody: Int
        /// Whether to read on to see if there are more than these.
        let needsWholeBody: Bool
    }

    private let request: Request
    private let phases: PhaseTimer
    private let overhead: HTTPOverhead
    private let answer: FirstResult<HTTPAnswer>
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []
    private var isOver = false

    /// - Parameters:
    ///   - overhead: the handler that limits what comes beside the body.
    ///   - answer: where the response, or the failure, goes.
    init(request: Request, phases: PhaseTimer, overhead: HTTPOverhead, answer: FirstResult<HTTPAnswer>) {
        self.request = request
        self.phases = phases
        self.overhead = overhead
        self.answer = answer
    }

    func handlerAdded(context: ChannelHandlerContext) {
        phases.enter(.request)
        context.write(wrapOutboundOut(.head(request.head)), promise: nil)
        if !request.body.isEmpty {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: request.body)))), promise: nil)
        }
        let sent = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        sent.futureResult.whenSuccess { bound.value.requestWasSent() }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }

    private func requestWasSent() {
        if head == nil, !isOver { phases.enter(.processing) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        overhead.reset()
        switch unwrapInboundIn(data) {
        case .head(let head):
            phases.enter(.transfer)
            self.head = head
        case .body(let part):
            let room = request.maximumBody - body.count
            body += part.readableBytesView.prefix(room)
            let isEnough = !request.needsWholeBody && body.count == request.maximumBody
            if part.readableBytes > room || isEnough { finish(context, bodyWasCut: true) }
        case .end:
            finish(context, bodyWasCut: false)
        }
    }

    private func finish(_ context: ChannelHandlerContext, bodyWasCut: Bool) {
        guard let head else { return }
        end(
            context,
            .success(
                HTTPAnswer(status: Int(head.status.code), headers: head.headers, body: body, bodyWasCut: bodyWasCut)
            )
        )
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(context, .failure(NetworkReasons.failure(error)))
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, .failure(CheckFailure.closedBeforeAnswer))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(context, .failure(CheckFailure.closedBeforeAnswer))
    }

    private func end(_ context: ChannelHandlerContext, _ result: Result<HTTPAnswer, any Error>) {
        guard !isOver else { return }
        isOver = true
        phases.finish()
        answer.set(result)
        context.close(promise: nil)
    }
}
