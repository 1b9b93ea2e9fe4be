import HealthCore
import HealthTesting
import NIOCore
import NIOEmbedded
import Platform
import Testing

@testable import HealthChecks

/// Bytes between the event loop and the task that reads them.
struct ReceiveBufferTests {
    @Test func bytesThatCameAreReadAtOnceAndTogether() async throws {
        let buffer = ReceiveBuffer()
        buffer.append([1, 2])
        buffer.append([3])
        #expect(buffer.hasBytes)
        #expect(try await buffer.next() == [1, 2, 3])
        #expect(!buffer.hasBytes)
    }

    @Test func aTaskThatWaitsGetsTheNextBytes() async throws {
        let buffer = ReceiveBuffer()
        async let next = buffer.next()
        // Whether the task waits already is the same to it.
        buffer.append([7])
        #expect(try await next == [7])
    }

    @Test func theEndComesAfterTheBytes() async throws {
        let buffer = ReceiveBuffer()
        buffer.append([1])
        buffer.finish(.success(()))
        #expect(try await buffer.next() == [1])
        #expect(try await buffer.next() == nil)
        #expect(try await buffer.next() == nil && buffer.failure == nil)
    }

    @Test func theFirstEndCounts() async {
        let buffer = ReceiveBuffer()
        buffer.finish(.failure(CheckFailure(.connectionReset, "reset")))
        buffer.finish(.success(()))
        #expect((buffer.failure as? CheckFailure)?.reason == .connectionReset)
        let failure = await NetworkStage.failure { _ = try await buffer.next() }
        #expect(failure?.reason == .connectionReset)
    }

    @Test func readingPausesWhileTooMuchIsUnread() async throws {
        let (buffer, reads) = (ReceiveBuffer(), Box(0))
        let later: @Sendable () -> Void = { reads.update { $0 + 1 } }
        buffer.append([UInt8](repeating: 0, count: 65_535))
        #expect(buffer.hasRoom(orLater: later))
        buffer.append([0])
        #expect(!buffer.hasRoom(orLater: later) && reads.value == 0)
        #expect(try await buffer.next()?.count == 65_536)
        // It goes on once, and there is room again.
        #expect(reads.value == 1 && buffer.hasRoom(orLater: later))
        buffer.append([1])
        _ = try await buffer.next()
        #expect(reads.value == 1)
    }
}

/// The handlers at the beginning of each connection.
struct ConnectionHandlerTests {
    /// Fails each write with an error number.
    private final class FailingWrites: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer
        private let code: Int32

        init(_ code: Int32) { self.code = code }

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            promise?.fail(IOError(errnoCode: code, reason: "write"))
        }
    }

    /// Records what reaches the protocol's handlers.
    private final class Recorder: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        var events: [String] = []

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            events.append(String(buffer: unwrapInboundIn(data)))
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            events.append("error \((error as? IOError)?.errnoCode ?? 0)")
        }

        func channelInactive(context: ChannelHandlerContext) { events.append("inactive") }
    }

    private static func channel(_ handlers: [any ChannelHandler]) throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        for handler in handlers { try channel.pipeline.syncOperations.addHandler(handler) }
        return channel
    }

    @Test func aWriteThatFailedIsReportedWhenTheChannelCloses() throws {
        let (record, recorder) = (ConnectionErrorRecord(), Recorder())
        let channel = try Self.channel([FailingWrites(EPIPE), ConnectionErrorHandler(record: record), recorder])
        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        channel.embeddedEventLoop.run()
        #expect((record.error as? IOError)?.errnoCode == EPIPE && recorder.events.isEmpty)
        _ = try channel.finish()
        #expect(recorder.events == ["error \(EPIPE)", "inactive"])
    }

    @Test func anErrorOfTheChannelIsRecordedAndPassedOnOnce() throws {
        let (record, recorder) = (ConnectionErrorRecord(), Recorder())
        let channel = try Self.channel([FailingWrites(EPIPE), ConnectionErrorHandler(record: record), recorder])
        channel.pipeline.fireErrorCaught(IOError(errnoCode: ECONNRESET, reason: "read"))
        channel.writeAndFlush(ByteBuffer(string: "x"), promise: nil)
        channel.embeddedEventLoop.run()
        _ = try channel.finish()
        #expect((record.error as? IOError)?.errnoCode == ECONNRESET)
        #expect(recorder.events == ["error \(ECONNRESET)", "inactive"])
    }

    @Test func whatIsOnlyClosedIsExplainedByTheFirstError() {
        let record = ConnectionErrorRecord()
        let closed = ChannelError.ioOnClosedChannel
        #expect(record.rootCause(of: closed) as? ChannelError == closed)
        record.record(IOError(errnoCode: ECONNRESET, reason: ""))
        record.record(IOError(errnoCode: EPIPE, reason: ""))
        #expect((record.rootCause(of: closed) as? IOError)?.errnoCode == ECONNRESET)
        #expect((record.rootCause(of: ChannelError.alreadyClosed) as? IOError)?.errnoCode == ECONNRESET)
        // Other errors speak for themselves.
        #expect((record.rootCause(of: CheckFailure(.assertion, "")) as? CheckFailure)?.reason == .assertion)
        #expect(record.rootCause(of: ChannelError.connectTimeout(.zero)) is ChannelError)
    }

    @Test func earlyBytesReachTheHandlersThatComeLater() throws {
        let channel = try Self.channel([])
        try EarlyReadBuffer.start(on: channel)
        for text in ["one", "two"] { try channel.writeInbound(ByteBuffer(string: text)) }
        let recorder = Recorder()
        try channel.pipeline.syncOperations.addHandler(recorder)
        #expect(recorder.events.isEmpty)
        try EarlyReadBuffer.stop(on: channel)
        channel.embeddedEventLoop.run()
        #expect(recorder.events == ["one", "two"])
        try channel.writeInbound(ByteBuffer(string: "three"))
        #expect(recorder.events == ["one", "two", "three"])
        _ = try channel.finish()
    }

    @Test func anEarlyEndComesAfterTheEarlyBytes() throws {
        let channel = try Self.channel([])
        try EarlyReadBuffer.start(on: channel)
        try channel.writeInbound(ByteBuffer(string: "bye"))
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        let recorder = Recorder()
        try channel.pipeline.syncOperations.addHandler(recorder)
        try EarlyReadBuffer.stop(on: channel)
        channel.embeddedEventLoop.run()
        #expect(recorder.events == ["bye", "inactive"] && !channel.isActive)
    }

    @Test func earlyBytesHaveALimit() throws {
        let channel = try Self.channel([])
        try EarlyReadBuffer.start(on: channel)
        let piece = String(repeating: "x", count: 40_000)
        for _ in 0..<10 { try channel.writeInbound(ByteBuffer(string: piece)) }
        let recorder = Recorder()
        try channel.pipeline.syncOperations.addHandler(recorder)
        try EarlyReadBuffer.stop(on: channel)
        channel.embeddedEventLoop.run()
        #expect(recorder.events == [piece, piece])
        _ = try channel.finish()
    }

    @Test func aClosedChannelIsNotHandedOn() throws {
        let channel = try Self.channel([])
        try EarlyReadBuffer.start(on: channel)
        _ = try channel.finish()
        #expect(throws: ChannelError.self) { try EarlyReadBuffer.stop(on: channel) }
    }

    @Test func channelsOfARunAreClosedWithItAlsoThoseThatComeLater() throws {
        let opened = OpenedChannels()
        let (first, second) = (try Self.channel([]), try Self.channel([]))
        opened.add(first)
        #expect(first.isActive)
        opened.close()
        first.embeddedEventLoop.run()
        #expect(!first.isActive)
        opened.add(second)
        second.embeddedEventLoop.run()
        #expect(!second.isActive)
    }
}

/// Conversations over a stream with servers of the test.
@Suite(.timeLimit(.minutes(5)))
struct ByteStreamTests {
    private static func converse(
        _ script: ScriptedServer.Script,
        _ body: (ByteStream) async throws -> Void
    ) async throws -> CheckFailure? {
        let server = try await ScriptedServer([script])
        let target = Connector.Target(host: "127.0.0.1", port: server.port)
        let failure = await NetworkStage.failure {
            try await NetworkStage().connector.withStream(to: target, NetworkStage.context(), body)
        }
        try await server.stop()
        return failure
    }

    @Test func consumedBytesAreGoneAndTheRestStays() async throws {
        let failure = try await Self.converse(.init(greeting: "abcdef", closes: false)) { stream in
            while stream.buffer.count < 6 { try await stream.more() }
            stream.consume(2)
            #expect(stream.buffer == Array("cdef".utf8))
            stream.consume(100)
            #expect(stream.buffer.isEmpty)
        }
        #expect(failure == nil)
    }

    @Test func moreAfterTheEndIsClosedEarly() async throws {
        let failure = try await Self.converse(.init(greeting: "bye")) { stream in
            while true { try await stream.more() }
        }
        #expect(failure?.reason == .closedEarly)
        #expect(failure?.message.hasSuffix("the connection was closed before the answer was complete") == true)
    }

    @Test func aTransferLargerThanTheBufferIsReadWhole() async throws {
        let text = String(repeating: "0123456789", count: 50_000)
        let failure = try await Self.converse(.init(greeting: text)) { stream in
            while stream.buffer.count < text.utf8.count { try await stream.more() }
            #expect(stream.buffer == Array(text.utf8))
        }
        #expect(failure == nil)
    }

    @Test func bytesBeforeTheHandshakeAreRefused() async throws {
        let tls = TLSClient(time: ManualTime(), verifiers: CertificateVerifiers(), pool: BlockingPool(threads: 1))
        let failure = try await Self.converse(.init(greeting: "+OK and more", closes: false)) { stream in
            while stream.buffer.count < 12 { try await stream.more() }
            stream.consume(3)
            let connection = TLSConnection(client: tls, record: CertificateRecord())
            try await stream.encrypt(with: connection, host: "localhost")
        }
        #expect(failure?.reason == .protocolError)
        #expect(failure?.message.hasSuffix("bytes came between the answer to STARTTLS and the handshake") == true)
    }
}
