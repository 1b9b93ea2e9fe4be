import HealthCore
import NIOCore
import NIOHPACK
import NIOHTTP2

/// One unary call of `grpc.health.v1.Health/Check` on a stream of its own.
final class GRPCHealthExchange: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    /// An answer is a dozen bytes; more than this is none.
    private static let maximumMessage = 1024

    private let request: GRPCHealthRequest
    private let phases: PhaseTimer
    private let answer: FirstResult<GRPCHealthAnswer>
    private var received = GRPCHealthAnswer()
    private var body: [UInt8] = []
    private var isOver = false

    /// - Parameter answer: gets the answer, or the error that ended the stream.
    init(request: GRPCHealthRequest, phases: PhaseTimer, answer: FirstResult<GRPCHealthAnswer>) {
        self.request = request
        self.phases = phases
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        phases.enter(.request)
        context.write(wrapOutboundOut(.headers(.init(headers: request.headers))), promise: nil)
        let message = IOData.byteBuffer(ByteBuffer(bytes: request.message))
        context.writeAndFlush(wrapOutboundOut(.data(.init(data: message, endStream: true))), promise: nil)
        phases.enter(.processing)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        switch unwrapInboundIn(data) {
        case .headers(let part):
            phases.enter(.transfer)
            record(part.headers)
            if part.endStream { finish() }
        case .data where received.httpStatus == 0:
            end(.failure(CheckFailure(.protocolError, "data came before the headers")))
        case .data(let part):
            guard case .byteBuffer(let buffer) = part.data else { return }
            body += buffer.readableBytesView.prefix(Self.maximumMessage + 1 - body.count)
            if body.count > Self.maximumMessage {
                end(.failure(CheckFailure(.protocolError, "the answer is longer than any health answer")))
            } else if part.endStream {
                finish()
            }
        case .pushPromise:
            end(.failure(CheckFailure(.protocolError, "the server pushes, which gRPC doesn't know")))
        default: break
        }
    }

    /// Headers and trailers alike: an answer without a message has both in one block.
    private func record(_ headers: HPACKHeaders) {
        if let status = headers.first(name: ":status") { received.httpStatus = Int(status) ?? 0 }
        if let type = headers.first(name: "content-type") { received.contentType = type }
        if let status = headers.first(name: "grpc-status") { received.status = Int(status) ?? -1 }
        if let message = headers.first(name: "grpc-message") { received.message = message }
    }

    private func finish() {
        received.serving = GRPCMessage.servingStatus(framed: body)
        end(.success(received))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        end(.failure(GRPCReasons.failure(error)))
    }

    private func end(_ result: Result<GRPCHealthAnswer, any Error>) {
        guard !isOver else { return }
        isOver = true
        phases.finish()
        answer.set(result)
    }
}
