import HealthCore
import NIOCore
package import NIOHTTP1

/// How much of an answer is read at most.
package enum HTTPLimits {
    package static let headerBytes = 64 * 1024
    package static let headerFields = 256

    /// For messages.
    package static var text: String { "\(headerBytes / 1024) KiB or \(headerFields) fields" }

    package static var decoder: NIOHTTPDecoderLimitConfiguration {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = headerBytes
        limits.maxHeaderListSize = headerBytes
        limits.maxHeaderFieldCount = headerFields
        return limits
    }
}

/// What one request got.
package struct HTTPAnswer: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    /// At most as many bytes as were asked for.
    package let body: [UInt8]
    /// There was more of it.
    package let bodyWasCut: Bool
}

/// Sends one request on a connection and reads one answer, up to a limit; times request, processing and transfer.
final class HTTPExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    /// What is sent and how much is read.
    struct Request: Sendable {
        let head: HTTPRequestHead
        let body: [UInt8]
        let maximumBody: Int
        let needsWholeBody: Bool
    }

    private let request: Request
    private let phases: PhaseTimer
    private let overhead: HTTPOverhead
    private let answer: OneAnswer<HTTPAnswer>
    private var head: HTTPResponseHead?
    private var body: [UInt8] = []
    private var isOver = false

    init(request: Request, phases: PhaseTimer, overhead: HTTPOverhead, answer: OneAnswer<HTTPAnswer>) {
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
        end(context, .failure(CheckFailure(.closedEarly, "the connection was closed before the answer was complete")))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(context, .failure(CheckFailure(.closedEarly, "the connection was closed before the answer was complete")))
    }

    private func end(_ context: ChannelHandlerContext, _ result: Result<HTTPAnswer, any Error>) {
        guard !isOver else { return }
        isOver = true
        phases.finish()
        answer.give(result)
        context.close(promise: nil)
    }
}
