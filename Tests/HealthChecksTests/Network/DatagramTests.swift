import HealthCore
import HealthTesting
import NIOCore
import NIOPosix
import Platform
import Testing

@testable import HealthChecks

/// Requests by datagrams, and what comes in place of an answer.
@Suite(.timeLimit(.minutes(10)))
struct DatagramTests {
    /// A server that answers each datagram with these bytes, or not at all.
    private static func server(answering bytes: [UInt8]?) async throws -> any Channel {
        try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let bytes { try channel.pipeline.syncOperations.addHandler(Answerer(bytes)) }
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    private final class Answerer: ChannelInboundHandler {
        typealias InboundIn = AddressedEnvelope<ByteBuffer>
        typealias OutboundOut = AddressedEnvelope<ByteBuffer>

        private let bytes: [UInt8]

        init(_ bytes: [UInt8]) {
            self.bytes = bytes
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let client = unwrapInboundIn(data).remoteAddress
            let answer = AddressedEnvelope(remoteAddress: client, data: ByteBuffer(bytes: bytes))
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
    }

    private static func check(port: Int, _ resources: CheckResources = KindRun.resources()) throws -> any HealthCheck {
        let keys = [("name", "shop.example"), ("server", "127.0.0.1:\(port)")]
        return try #require(KindRun.make("dns", keys.map { ($0, SettingNode.text($1)) }, resources).check)
    }

    @Test func anEmptyDatagramBreaksTheProtocolEachTime() async throws {
        let server = try await Self.server(answering: [])
        let check = try Self.check(port: server.localAddress?.port ?? 0)
        for _ in 0..<200 {
            let result = try #require(await KindRun.run(check))
            #expect(result.reason == .protocolError && result.message.hasSuffix("the answer is an empty datagram"))
        }
        try await server.close()
    }

    @Test func aClosedPortRefusesEachTime() async throws {
        let server = try await Self.server(answering: nil)
        let port = server.localAddress?.port ?? 0
        let check = try Self.check(port: port)
        try await server.close()
        for _ in 0..<200 {
            let result = try #require(await KindRun.run(check))
            #expect(result.reason == .connectRefused, "\(result.message)")
            #expect(result.message == "127.0.0.1:\(port): the target said: port unreachable")
        }
    }

    @Test func manyRequestsAtOnceEachHaveTheirEnd() async throws {
        let empty = try await Self.server(answering: [])
        let closed = try await Self.server(answering: nil)
        let resources = KindRun.resources()
        let checks = try [empty, closed].map { try Self.check(port: $0.localAddress?.port ?? 0, resources) }
        try await closed.close()
        let reasons = await withTaskGroup(of: FailureReason?.self) { group in
            for number in 0..<200 { group.addTask { await KindRun.run(checks[number % 2])?.reason } }
            return await group.reduce(into: [:]) { counts, reason in counts[reason, default: 0] += 1 }
        }
        #expect(reasons == [.protocolError: 100, .connectRefused: 100])
        try await empty.close()
    }

    @Test func aBrokenAnswerBreaksTheProtocol() async throws {
        let server = try await Self.server(answering: [1, 2, 3])
        let result = try #require(await KindRun.run(try Self.check(port: server.localAddress?.port ?? 0)))
        #expect(result.reason == .protocolError, "\(result.message)")
        try await server.close()
    }

    @Test func silenceEndsWithTheRunAndLeavesNoSocket() async throws {
        let (loop, pair) = (DatagramLoop(), try #require(Socket.makeDatagramPair()))
        defer { close(pair.second) }
        let (isCancelled, requests, failure) = (StopFlag(), Box(0), FirstResult<Void>())
        try loop.begin(
            DatagramConversation(
                descriptor: pair.first,
                isCancelled: isCancelled,
                request: { sent in
                    requests.set(sent + 1)
                    return [1]
                },
                read: { _, _ in nil },
                fail: { failure.set(.failure($0)) }
            )
        )
        // It is sent once more when no answer comes.
        while requests.value < 2 { try? await Task.sleep(for: .milliseconds(1)) }
        isCancelled.set()
        loop.wake()
        await #expect(throws: CancellationError.self) { try await failure.value() }
        // Its socket is closed before the end is delivered.
        var buffer: [UInt8] = [0]
        for _ in 0..<2 { #expect(Socket.receive(from: pair.second, into: &buffer) == 1) }
        // Commands that other tests start hold a copy of it until they are executed.
        while Socket.send([1], to: pair.second) >= 0 || errno == EAGAIN { await Task.yield() }
    }

    @Test func aLoopBeginsAnewAfterItsLastConversation() async throws {
        let loop = DatagramLoop()
        let server = try await Self.server(answering: Array("pong".utf8))
        let address = try #require(server.localAddress)
        for number in 0..<20 {
            let exchange = DatagramExchange<Int>(
                loop: loop,
                request: { _ in Array("ping".utf8) },
                read: { bytes, sent in bytes == Array("pong".utf8) && sent > 0 ? .success(number) : nil }
            )
            #expect(try await exchange.send(to: address, over: .udp) == number)
        }
        try await server.close()
    }

    @Test func aFailureThatTheReaderFindsIsThrown() async throws {
        let server = try await Self.server(answering: [0])
        let exchange = DatagramExchange<Int>(
            loop: DatagramLoop(),
            request: { _ in [1] },
            read: { _, _ in .failure(CheckFailure(.protocolError, "not a number")) }
        )
        let address = try #require(server.localAddress)
        let failure = await NetworkStage.failure { _ = try await exchange.send(to: address, over: .udp) }
        #expect(failure?.reason == .protocolError && failure?.message == "not a number")
        try await server.close()
    }
}
