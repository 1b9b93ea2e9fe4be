import HealthCore
import HealthTesting
import NIOCore
import NIOPosix
import Testing

@testable import HealthChecks

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Questions by datagrams, and what comes instead of an answer.
@Suite(.timeLimit(.minutes(10)))
struct DatagramTests {
    /// A server that answers each datagram with these bytes, or with nothing.
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
            let asker = unwrapInboundIn(data).remoteAddress
            let answer = AddressedEnvelope(remoteAddress: asker, data: ByteBuffer(bytes: bytes))
            context.writeAndFlush(wrapOutboundOut(answer), promise: nil)
        }
    }

    private static func check(port: Int, _ resources: CheckResources = KindRun.resources()) throws -> any HealthCheck {
        let keys = [("name", "shop.example"), ("server", "127.0.0.1:\(port)")]
        return try #require(KindRun.make("dns", keys.map { ($0, SettingNode.text($1)) }, resources).check)
    }

    @Test func anEmptyDatagramIsNoAnswerEachTime() async throws {
        let server = try await Self.server(answering: [])
        let check = try Self.check(port: server.localAddress?.port ?? 0)
        for _ in 0..<200 {
            let result = try #require(await KindRun.run(check))
            #expect(result.reason == .protocolError && result.message.hasSuffix("the answer is an empty datagram"))
        }
        try await server.close()
    }

    @Test func aClosedPortIsARefusalEachTime() async throws {
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

    @Test func manyQuestionsAtOnceEachHaveTheirEnd() async throws {
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

    @Test func whatIsBrokenIsNoAnswerAndWhatIsForeignIsNone() async throws {
        let server = try await Self.server(answering: [1, 2, 3])
        let result = try #require(await KindRun.run(try Self.check(port: server.localAddress?.port ?? 0)))
        #expect(result.reason == .protocolError, "\(result.message)")
        try await server.close()
    }

    @Test func silenceEndsWithTheRunAndLeavesNoSocket() async throws {
        let server = try await Self.server(answering: nil)
        let address = try #require(server.localAddress)
        let loop = DatagramLoop()
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        let status = unsafe address.withSockAddr { unsafe connect(descriptor, $0, socklen_t($1)) }
        try #require(status == 0)
        let (isGivenUp, asked, failure) = (StopFlag(), Box(0), OneAnswer<Void>())
        try loop.begin(
            DatagramConversation(
                descriptor: descriptor,
                isGivenUp: isGivenUp,
                message: { sent in
                    asked.set(sent + 1)
                    return [1]
                },
                read: { _, _ in nil },
                fail: { failure.give(.failure($0)) }
            )
        )
        // It is sent once more when no answer comes.
        while asked.value < 2 { await Task.yield() }
        isGivenUp.set()
        loop.wake()
        await #expect(throws: CancellationError.self) {
            try await withCheckedThrowingContinuation { failure.wait($0) }
        }
        try await server.close()
    }
}
