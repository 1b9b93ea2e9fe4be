import HealthCore
import NIOCore
import NIOSSL
import NIOTLS

/// Waits until a TLS handshake ends: configures a channel whose certificate is trusted, and closes any other.
final class HandshakeHandler<Configured: Sendable>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let configure: @Sendable (any Channel) throws -> Configured
    private var done: EventLoopPromise<Configured>?

    /// - Parameters:
    ///   - configure: adds the protocol's handlers.
    ///   - done: completed with what `configure` returns, or with the failure.
    init(
        configure: @escaping @Sendable (any Channel) throws -> Configured,
        done: EventLoopPromise<Configured>
    ) {
        self.configure = configure
        self.done = done
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .handshakeCompleted = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        do {
            let configured = try configure(context.channel)
            done?.succeed(configured)
            done = nil
        } catch {
            end(context, error)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if done == nil { context.fireChannelRead(data) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if done == nil { context.fireErrorCaught(error) } else { end(context, error) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end(context, CheckFailure(.closedEarly, "the connection was closed within the TLS handshake"))
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        end(context, ChannelError.ioOnClosedChannel)
    }

    private func end(_ context: ChannelHandlerContext, _ error: any Error) {
        guard let done else { return }
        self.done = nil
        done.fail(error)
        context.close(promise: nil)
    }
}
