import NIOCore

/// Keeps what a server sends before the protocol's handlers are there: some say why they close, and close at once.
final class EarlyReadBuffer: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// In bytes; what a server says before it closes is short.
    private static let limit = 64 * 1024

    private var buffers: [ByteBuffer] = []
    private var count = 0
    private var hasEnded = false

    /// Begins to keep what comes, and keeps the channel open after the other side's end; `stop` takes that back.
    static func start(on channel: any Channel) throws {
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        try channel.pipeline.syncOperations.addHandler(EarlyReadBuffer())
    }

    /// Reads no more until `stop`, but for what comes with the other side's end.
    static func pause(on channel: any Channel) throws {
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: true)
        try channel.syncOptions?.setOption(.autoRead, value: false)
    }

    /// Hands what was kept to the handlers that are there now; from then on they read.
    static func stop(on channel: any Channel) throws {
        // Handlers that are added after the end never hear of it.
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        let pipeline = channel.pipeline.syncOperations
        let early = try pipeline.handler(type: EarlyReadBuffer.self)
        pipeline.removeHandler(early, promise: nil)
        guard !early.hasEnded else { return channel.close(promise: nil) }
        try channel.syncOptions?.setOption(.allowRemoteHalfClosure, value: false)
        try channel.syncOptions?.setOption(.autoRead, value: true)
    }

    /// Before it leaves: what came goes to the handlers behind it, past those of a proxy before it.
    func removeHandler(context: ChannelHandlerContext, removalToken: ChannelHandlerContext.RemovalToken) {
        for buffer in buffers { context.fireChannelRead(wrapInboundOut(buffer)) }
        context.fireChannelReadComplete()
        context.leavePipeline(removalToken: removalToken)
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
