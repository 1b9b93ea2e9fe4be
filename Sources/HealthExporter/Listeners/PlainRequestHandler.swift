import NIOCore

/// Tells somebody who sends plain HTTP to a listener with TLS what is wrong; sits before TLS, and goes after the first bytes.
final class PlainRequestHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let answer: ByteBuffer = {
        let text = "This port speaks TLS: use https:// in the URL.\n"
        let head = "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
        return ByteBuffer(string: head + "Content-Length: \(text.utf8.count)\r\nConnection: close\r\n\r\n" + text)
    }()

    /// A handler for one connection.
    init() {}

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        // A record of a handshake begins with 22 (RFC 8446 §5.1), a request with the letters of a method.
        guard let first = buffer.readableBytesView.first, (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(first) else {
            context.fireChannelRead(data)
            context.pipeline.syncOperations.removeHandler(self, promise: nil)
            return
        }
        let channel = context.channel
        let written = context.eventLoop.makePromise(of: Void.self)
        written.futureResult.assumeIsolated().whenComplete { _ in channel.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(Self.answer), promise: written)
    }
}
