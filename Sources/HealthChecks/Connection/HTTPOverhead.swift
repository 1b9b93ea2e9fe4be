import NIOCore
import NIOHTTP1

/// Counts what comes of an answer without getting anywhere: a status line, headers or chunk extensions that don't end.
///
/// The parser limits header fields only; the rest it reads for as long as it comes.
final class HTTPOverhead: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// Headers and what stands around them.
    private static let limit = 2 * HTTPLimits.headerBytes

    private var count = 0

    /// The answer got on: its head was complete, or some of its body came.
    func reset() {
        count = 0
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        count += unwrapInboundIn(data).readableBytes
        context.fireChannelRead(data)
        guard count > Self.limit else { return }
        count = 0
        context.fireErrorCaught(HTTPParserError.headerOverflow)
    }
}
