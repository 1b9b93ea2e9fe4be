package import HealthCore
import NIOCore
import Synchronization

/// A connection as bytes in both directions, for protocols that speak in turns; used by one task at a time.
package final class ByteStream {
    private let channel: any Channel
    private let inbox: Inbox
    private let phases: PhaseTimer
    /// What came and was not consumed yet.
    package private(set) var buffer: [UInt8] = []

    fileprivate init(channel: any Channel, inbox: Inbox, phases: PhaseTimer) {
        self.channel = channel
        self.inbox = inbox
        self.phases = phases
    }

    /// Waits for more bytes; throws `closed_early` when there are no more.
    package func more() async throws {
        guard let bytes = try await inbox.next() else {
            throw CheckFailure(.closedEarly, "the connection was closed before the answer was complete")
        }
        phases.enter(.transfer)
        buffer += bytes
    }

    /// Drops the first bytes.
    package func consume(_ count: Int) {
        buffer.removeFirst(min(count, buffer.count))
    }

    /// Sends bytes; what comes next is an answer to them.
    package func write(_ bytes: [UInt8]) async throws {
        phases.enter(.request)
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        } catch {
            // Who hangs up may have said why, or the kernel has.
            guard inbox.hasBytes || !buffer.isEmpty else { throw inbox.failure ?? error }
        }
        phases.enter(.processing)
    }

    /// Encrypts the connection from here on (STARTTLS); bytes that came before the handshake are none of it (CVE-2011-0411).
    package func encrypt(with tls: TLSConnection, host: String) async throws {
        let early = CheckFailure(.protocolError, "bytes came between the answer to STARTTLS and the handshake")
        guard buffer.isEmpty else { throw early }
        // Looked at once more on the event loop, where nothing can come in between.
        let begin: @Sendable (any Channel) throws -> Void = { [inbox] _ in if inbox.hasBytes { throw early } }
        try await tls.handshake(on: channel, host: host, phases, configure: { _ in }, begin: begin)
    }
}

extension Connector {
    /// Opens a connection for a protocol that speaks in turns.
    package func withStream<Value: Sendable>(
        to target: Target,
        tls: TLSConnection? = nil,
        _ context: RunContext,
        _ body: (ByteStream) async throws -> Value
    ) async throws -> Value {
        let configure: @Sendable (any Channel) throws -> Inbox = { channel in
            let inbox = Inbox()
            try channel.pipeline.syncOperations.addHandler(InboxFiller(inbox: inbox))
            return inbox
        }
        return try await withConnection(to: target, tls: tls, context, configure: configure) { channel, inbox in
            context.phases.enter(.processing)
            return try await body(ByteStream(channel: channel, inbox: inbox, phases: context.phases))
        }
    }
}

/// Bytes on their way from the event loop to the task that reads them.
private final class Inbox: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var end: Result<Void, any Error>?
        var waiting: CheckedContinuation<[UInt8]?, any Error>?
        var heldRead: (@Sendable () -> Void)?
    }

    /// More than this is not read before somebody wants it.
    private static let limit = 64 * 1024

    private let state = Mutex(State())

    /// The next bytes; nil after the end.
    func next() async throws -> [UInt8]? {
        try await withCheckedThrowingContinuation { continuation in
            let (answer, read) = state.withLock { state -> (Result<[UInt8]?, any Error>?, (@Sendable () -> Void)?) in
                let read = state.heldRead
                state.heldRead = nil
                if !state.bytes.isEmpty {
                    defer { state.bytes = [] }
                    return (.success(state.bytes), read)
                }
                if let end = state.end { return (end.map { nil }, read) }
                state.waiting = continuation
                return (nil, read)
            }
            read?()
            if let answer { continuation.resume(with: answer) }
        }
    }

    var hasBytes: Bool { state.withLock { !$0.bytes.isEmpty } }

    /// What went wrong with the connection, if anything did.
    var failure: (any Error)? {
        state.withLock { state in
            if case .failure(let error) = state.end { error } else { nil }
        }
    }

    func add(_ bytes: [UInt8]) {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if state.waiting == nil { state.bytes += bytes }
            return state.waiting
        }
        waiting?.resume(returning: bytes)
    }

    func end(_ result: Result<Void, any Error>) {
        let waiting = state.withLock { state in
            defer { state.waiting = nil }
            if state.end == nil { state.end = result }
            return state.waiting
        }
        waiting?.resume(with: result.map { nil })
    }

    /// Whether to read on now; else `read` is called when there is room again.
    func mayRead(orLater read: @escaping @Sendable () -> Void) -> Bool {
        state.withLock { state in
            if state.bytes.count < Self.limit { return true }
            state.heldRead = read
            return false
        }
    }
}

/// Puts what a channel reads into an inbox, and reads no faster than it is emptied.
private final class InboxFiller: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer

    private let inbox: Inbox

    init(inbox: Inbox) {
        self.inbox = inbox
    }

    func read(context: ChannelHandlerContext) {
        let channel = context.channel
        if inbox.mayRead(orLater: { channel.read() }) { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        inbox.add(Array(unwrapInboundIn(data).readableBytesView))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        inbox.end(.failure(NetworkReasons.failure(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        inbox.end(.success(()))
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        inbox.end(.success(()))
    }
}
