import NIOCore
import NIOHTTP1

/// Limits what a response holds beside its body, such as a status line or chunk extensions that don't end.
///
/// The parser limits header fields only.
final class HTTPOverhead: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    /// In bytes: headers and what stands around them.
    private static let limit = 2 * HTTPLimits.headerBytes

    private var count = 0

    /// Counts from zero, because a head was complete or some of the body came.
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
