import HealthCore
import NIOCore
import Synchronization

/// What the kernel said first of the connection of a run, also when nobody listened yet.
final class ConnectionFate: Sendable {
    private let first = Mutex<(any Error)?>(nil)

    /// The first error; nil when there was none.
    var error: (any Error)? { first.withLock { $0 } }

    /// Keeps the first error only: those that follow are its consequences.
    func record(_ error: any Error) {
        first.withLock { if $0 == nil { $0 = error } }
    }

    /// Why something failed: the kernel's word, when all that is known otherwise is that the channel is closed.
    func cause(of error: any Error) -> any Error {
        switch error {
        case is ChannelPipelineError: self.error ?? ChannelError.ioOnClosedChannel
        case let closed as ChannelError where [.ioOnClosedChannel, .alreadyClosed].contains(closed):
            self.error ?? error
        default: error
        }
    }
}

/// Sits below all other handlers and tells them of errors that the event loop keeps to itself: a write that fails closes the
/// channel, and only its promise learns why.
final class ConnectionWitness: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let fate: ConnectionFate
    private var unreported: IOError?

    init(fate: ConnectionFate) {
        self.fate = fate
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let sent = promise ?? context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
        sent.futureResult.whenFailure { error in
            if let error = error as? IOError { bound.value.keep(error) }
        }
        context.write(data, promise: sent)
    }

    private func keep(_ error: IOError) {
        if fate.error == nil { unreported = error }
        fate.record(error)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fate.record(error)
        unreported = nil
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let error = unreported {
            unreported = nil
            context.fireErrorCaught(error)
        }
        // The HTTP/2 handler keeps the streams that were read until it hears of the end of the reading, which doesn't come when
        // the channel closes within it: then they, and the data they hold, would keep each other for ever.
        context.fireChannelReadComplete()
        context.fireChannelInactive()
    }
}
