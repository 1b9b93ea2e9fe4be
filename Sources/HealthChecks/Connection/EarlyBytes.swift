import NIOCore

/// Keeps what a server says before the protocol's handlers are there: some say why they hang up, and hang up at once.
final class EarlyBytes: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    /// A last word is short.
    private static let limit = 64 * 1024

    private var buffers: [ByteBuffer] = []
    private var count = 0
    private var hasEnded = false

    /// Keeps the channel open after the other side's end; `release` takes that back.
    static func hold(_ channel: any Channel) throws {
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        try channel.pipeline.syncOperations.addHandler(EarlyBytes())
    }

    /// Hands what was kept to the handlers that are there now, and reading begins.
    static func release(_ channel: any Channel) throws {
        // Handlers that come after the end never hear of it.
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let pipeline = channel.pipeline.syncOperations
        let early = try pipeline.handler(type: EarlyBytes.self)
        let removed = pipeline.removeHandler(early)
        removed.assumeIsolated().whenSuccess {
            for buffer in early.buffers { pipeline.fireChannelRead(NIOAny(buffer)) }
            pipeline.fireChannelReadComplete()
            if early.hasEnded { channel.close(promise: nil) }
        }
        guard !early.hasEnded else { return }
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        try channel.syncOptions?.setOption(.autoRead, value: true)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard count < Self.limit else { return }
        count += buffer.readableBytes
        buffers.append(buffer)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed = event as? ChannelEvent {
            hasEnded = true
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }
}
