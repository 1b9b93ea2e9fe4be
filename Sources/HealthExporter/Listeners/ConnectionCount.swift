import NIOCore
import Synchronization

/// Closes connections beyond a number, so that idle ones can't use up the descriptors.
final class ConnectionCount: Sendable {
    private let open = Atomic<Int>(0)
    private let maximum: Int

    init(maximum: Int) {
        self.maximum = maximum
    }

    /// A handler for a new connection.
    func handler() -> some ChannelInboundHandler {
        Handler(count: self)
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = NIOAny

        private let count: ConnectionCount

        init(count: ConnectionCount) {
            self.count = count
        }

        func channelActive(context: ChannelHandlerContext) {
            if count.open.wrappingAdd(1, ordering: .relaxed).newValue > count.maximum { context.close(promise: nil) }
            context.fireChannelActive()
        }

        func channelInactive(context: ChannelHandlerContext) {
            count.open.wrappingSubtract(1, ordering: .relaxed)
            context.fireChannelInactive()
        }
    }
}
