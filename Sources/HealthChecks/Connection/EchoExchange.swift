import HealthCore
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One echo request and its reply over an unprivileged datagram socket (icmp(7); RFC 792, RFC 4443 §4).
struct EchoExchange: Sendable {
    let group: any EventLoopGroup

    /// A lost packet is sent anew after this.
    private static let resendAfter = TimeAmount.seconds(1)

    /// Whether the kernel lets this process send echo requests; the error number when it doesn't.
    static func refusal() -> Int32? {
        let descriptor = open(isV6: false)
        guard descriptor >= 0 else { return errno }
        close(descriptor)
        return nil
    }

    private static func open(isV6: Bool) -> Int32 {
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        return isV6 ? socket(AF_INET6, kind, Int32(IPPROTO_ICMPV6)) : socket(AF_INET, kind, Int32(IPPROTO_ICMP))
    }

    /// Waits for a reply with the request's own payload; the caller ends the wait by cancelling.
    func ask(_ address: SocketAddress, payload: [UInt8]) async throws {
        let opened = OpenedChannels()
        defer { opened.close() }
        do {
            try await withTaskCancellationHandler {
                let answer = OneAnswer<Void>()
                let isV6 = address.protocol == .inet6
                try DescriptorReserve.guardAgainstUse()
                let descriptor = Self.open(isV6: isV6)
                guard descriptor >= 0 else { throw NetworkReasons.failure(errno: errno, "opening an ICMP socket") }
                let channel = try await DatagramBootstrap(group: group)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            opened.add(channel)
                            let echo = Echo(
                                address: address,
                                payload: payload,
                                resendAfter: Self.resendAfter,
                                answer: answer
                            )
                            try channel.pipeline.syncOperations.addHandler(echo)
                        }
                    }
                    .withBoundSocket(descriptor)
                    .get()
                _ = channel
                try await withCheckedThrowingContinuation { answer.wait($0) }
            } onCancel: {
                opened.close()
            }
        } catch {
            throw NetworkReasons.failure(error)
        }
    }
}

private final class Echo: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let address: SocketAddress
    private let payload: [UInt8]
    private let resendAfter: TimeAmount
    private let answer: OneAnswer<Void>
    private var sequence: UInt8 = 0

    init(address: SocketAddress, payload: [UInt8], resendAfter: TimeAmount, answer: OneAnswer<Void>) {
        self.address = address
        self.payload = payload
        self.resendAfter = resendAfter
        self.answer = answer
    }

    private var isV6: Bool { address.protocol == .inet6 }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
    }

    /// Identifier and checksum are the kernel's.
    private func send(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        sequence &+= 1
        let request: [UInt8] = [isV6 ? 128 : 8, 0, 0, 0, 0, 0, 0, sequence] + payload
        let sent = context.eventLoop.makePromise(of: Void.self)
        let answer = answer
        sent.futureResult.whenFailure { answer.give(.failure(NetworkReasons.failure($0))) }
        let envelope = AddressedEnvelope(remoteAddress: address, data: ByteBuffer(bytes: request))
        context.writeAndFlush(wrapOutboundOut(envelope), promise: sent)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: resendAfter) {
            let (echo, context) = bound.value
            echo.send(context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        let reply = Array(envelope.data.readableBytesView)
        let isReply = reply.first == (isV6 ? 129 : 0) && Array(reply.dropFirst(8)) == payload
        if isReply, envelope.remoteAddress.ipAddress == address.ipAddress { answer.give(.success(())) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.give(.failure(NetworkReasons.failure(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.give(.failure(CheckFailure(.closedEarly, "the socket was closed")))
    }
}
