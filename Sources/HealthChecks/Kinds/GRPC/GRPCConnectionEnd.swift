import HealthCore
import NIOCore
import NIOHTTP2

/// Ends the call when the connection below its stream ends; the stream itself gets no error then.
final class GRPCConnectionEnd: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame

    private let answer: FirstResult<GRPCHealthAnswer>

    /// - Parameter answer: gets the error, unless the call has ended already.
    init(answer: FirstResult<GRPCHealthAnswer>) {
        self.answer = answer
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.set(.failure(GRPCReasons.failure(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        endEarly()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        endEarly()
    }

    private func endEarly() {
        answer.set(.failure(CheckFailure(.closedEarly, "the connection was closed before the answer was complete")))
    }
}
