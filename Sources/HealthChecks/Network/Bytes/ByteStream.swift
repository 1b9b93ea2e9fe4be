package import HealthCore
import NIOCore

/// A connection as bytes in both directions, for protocols that speak in turns; used by one task at a time.
package final class ByteStream {
    private let channel: any Channel
    private let received: ReceiveBuffer
    private let phases: PhaseTimer
    /// The bytes that came and were not consumed yet.
    package private(set) var buffer: [UInt8] = []

    fileprivate init(channel: any Channel, received: ReceiveBuffer, phases: PhaseTimer) {
        self.channel = channel
        self.received = received
        self.phases = phases
    }

    /// Waits for more bytes and appends them to the buffer; throws `closed_early` when there are no more.
    package func more() async throws {
        guard let bytes = try await received.next() else { throw CheckFailure.closedBeforeAnswer }
        phases.enter(.transfer)
        buffer += bytes
    }

    /// Drops the first bytes of the buffer.
    package func consume(_ count: Int) {
        buffer.removeFirst(min(count, buffer.count))
    }

    /// Sends bytes; what comes next is the answer to them.
    package func write(_ bytes: [UInt8]) async throws {
        phases.enter(.request)
        do {
            try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get()
        } catch {
            // A server that closed may have said why before, or the kernel knows.
            guard received.hasBytes || !buffer.isEmpty else { throw received.failure ?? error }
        }
        phases.enter(.processing)
    }

    /// Encrypts the connection from here on (STARTTLS); bytes that came before the handshake are refused (CVE-2011-0411).
    package func encrypt(with tls: TLSConnection, host: String) async throws {
        let early = CheckFailure(.protocolError, "bytes came between the answer to STARTTLS and the handshake")
        guard buffer.isEmpty else { throw early }
        // Checked once more on the event loop, where nothing can come in between.
        let begin: @Sendable (any Channel) throws -> Void = { [received] _ in
            if received.hasBytes { throw early }
        }
        try await tls.handshake(on: channel, host: host, phases, configure: { _ in }, begin: begin)
    }
}

extension Connector {
    /// Opens a connection for a protocol that speaks in turns, and closes it when `body` returns.
    package func withStream<Value: Sendable>(
        to target: Target,
        tls: TLSConnection? = nil,
        _ context: RunContext,
        _ body: (ByteStream) async throws -> Value
    ) async throws -> Value {
        let configure: @Sendable (any Channel) throws -> ReceiveBuffer = { channel in
            let received = ReceiveBuffer()
            try channel.pipeline.syncOperations.addHandler(ReceiveHandler(received: received))
            return received
        }
        return try await withConnection(to: target, tls: tls, context, configure: configure) { channel, received in
            context.phases.enter(.processing)
            return try await body(ByteStream(channel: channel, received: received, phases: context.phases))
        }
    }
}
