import NIOCore
import Synchronization

/// Bytes on their way from the event loop to the one task that reads them.
final class ReceiveBuffer: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var end: Result<Void, any Error>?
        var waiting: CheckedContinuation<[UInt8]?, any Error>?
        /// Reads on; nil unless a read of the channel waits for room.
        var pendingRead: (@Sendable () -> Void)?
    }

    /// In bytes; more is not read from the socket before the task has taken these.
    private static let limit = 64 * 1024

    private let state = Mutex(State())

    /// All bytes that came since the last call, or the next ones; nil after the end.
    func next() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let (result, read) = state.withLock { state -> (Result<[UInt8]?, any Error>?, (@Sendable () -> Void)?) in
                let read = state.pendingRead
                state.pendingRead = nil
                if !state.bytes.isEmpty {
                    defer { state.bytes = [] }
                    return (.success(state.bytes), read)
                }
                if let end = state.end { return (end.map { nil }, read) }
                state.waiting = continuation
                return (nil, read)
            }
            read?()
            if let result { continuation.resume(with: result) }
        }
    }

    /// Whether bytes came that nobody has read.
    var hasBytes: Bool { state.withLock { !$0.bytes.isEmpty } }

    /// What went wrong with the connection; nil when nothing did.
    var failure: (any Error)? {
        state.withLock { state in
            if case .failure(let error) = state.end { error } else { nil }
        }
    }

    /// Adds bytes, or hands them to the task that waits.
    func append(_ bytes: [UInt8]) {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if state.waiting == nil { state.bytes += bytes }
            return state.waiting
        }
        waiting?.resume(returning: bytes)
    }

    /// No more bytes come; the first end counts.
    func finish(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if state.end == nil { state.end = result }
            return state.waiting
        }
        waiting?.resume(with: result.map { nil })
    }

    /// Whether there is room to read on; else `read` is called once there is.
    func hasRoom(orLater read: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.bytes.count < Self.limit { return true }
            state.pendingRead = read
            return false
        }
    }
}

/// Moves what a channel reads into a ``ReceiveBuffer``, and reads no faster than it is emptied.
final class ReceiveHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let received: ReceiveBuffer

    /// - Parameter received: where the bytes go.
    init(received: ReceiveBuffer) {
        self.received = received
    }

    /// Reads on when there is room; else once there is.
    func read(context: ChannelHandlerContext) {
        let channel = context.channel
        if received.hasRoom(orLater: { channel.read() }) { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received.append(Array(unwrapInboundIn(data).readableBytesView))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        received.finish(.failure(NetworkReasons.failure(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        received.finish(.success(()))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        received.finish(.success(()))
    }
}
