import NIOCore

/// The first handler of a connection: records its errors, and tells the others of failed writes, which the event loop reports to
/// nobody but the promise of the write.
final class ConnectionErrorHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let record: ConnectionErrorRecord
    private var unreported: IOError?

    /// - Parameter record: keeps the first error for the run.
    init(record: ConnectionErrorRecord) {
        self.record = record
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
        if record.error == nil { unreported = error }
        record.record(error)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        record.record(error)
        unreported = nil
        context.fireErrorCaught(error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let error = unreported {
            unreported = nil
            context.fireErrorCaught(error)
        }
        // The HTTP/2 handler keeps the streams that were read until reading completes, which it does not when the channel closes
        // within it: then they, and the data they hold, would keep each other for ever.
        context.fireChannelReadComplete()
        context.fireChannelInactive()
    }
}
