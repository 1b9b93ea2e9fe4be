import HealthCore
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// One question and its answer as datagrams on a connected socket, with what routers on the way say about it.
///
/// The socket is read like a pipe: the event loop's own channels for datagrams take the pending error of a connected socket
/// (an ICMP message of a router or firewall) for a programmer's mistake, and end the process.
struct DatagramExchange: Sendable {
    let group: any EventLoopGroup

    /// A lost packet is sent anew after this.
    private static let resendAfter = TimeAmount.seconds(1)

    /// What is sent, by how often something was sent before, and what to make of bytes that came after so many were sent: nil
    /// when they answer something else.
    struct Talk<Value: Sendable>: Sendable {
        let message: @Sendable (Int) -> [UInt8]
        let read: @Sendable ([UInt8], Int) -> Result<Value, any Error>?
    }

    /// Asks until the answer comes; the caller ends the wait by cancelling.
    ///
    /// - Parameter kind: type and protocol of the socket, as socket(2) has them.
    func ask<Value: Sendable>(
        _ address: SocketAddress,
        kind: (type: Int32, protocol: Int32),
        _ talk: Talk<Value>
    ) async throws -> Value {
        let opened = OpenedChannels()
        defer { opened.close() }
        do {
            return try await withTaskCancellationHandler {
                let answer = OneAnswer<Value>()
                let descriptor = try Self.open(address, kind: kind)
                do {
                    let channel = try await NIOPipeBootstrap(group: group)
                        .channelInitializer { channel in
                            channel.eventLoop.makeCompletedFuture {
                                let talker = Talker(
                                    descriptor: descriptor,
                                    talk: talk,
                                    resendAfter: Self.resendAfter,
                                    answer: answer
                                )
                                try channel.pipeline.syncOperations.addHandler(talker)
                            }
                        }
                        .takingOwnershipOfDescriptor(inputOutput: descriptor)
                        .get()
                    // Not before: a channel that closes while it is made leaves its descriptor to nobody.
                    opened.add(channel)
                } catch {
                    close(descriptor)
                    throw error
                }
                return try await withCheckedThrowingContinuation { answer.wait($0) }
            } onCancel: {
                opened.close()
            }
        } catch {
            throw NetworkReasons.failure(error)
        }
    }

    /// A connected socket that is told of ICMP errors (ip(7), `IP_RECVERR`; ipv6(7), `IPV6_RECVERR`).
    private static func open(_ address: SocketAddress, kind: (type: Int32, protocol: Int32)) throws -> Int32 {
        try DescriptorReserve.guardAgainstUse()
        let isV6 = address.protocol == .inet6
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(isV6 ? AF_INET6 : AF_INET, kind.type | flags, kind.protocol)
        guard descriptor >= 0 else { throw NetworkReasons.failure(errno: errno, "opening a socket") }
        var isOn: Int32 = 1
        let (level, name) =
            isV6 ? (Int32(IPPROTO_IPV6), Int32(IPV6_RECVERR)) : (Int32(IPPROTO_IP), Int32(IP_RECVERR))
        let size = socklen_t(MemoryLayout<Int32>.size)
        _ = unsafe setsockopt(descriptor, level, name, &isOn, size)
        let status = unsafe address.withSockAddr { pointer, length in
            unsafe connect(descriptor, pointer, socklen_t(length))
        }
        guard status == 0 else {
            let code = errno
            close(descriptor)
            throw NetworkReasons.failure(errno: code, NetworkReasons.text(errno: code))
        }
        return descriptor
    }
}

/// Sends a question until its answer comes.
private final class Talker<Value: Sendable>: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let descriptor: Int32
    private let talk: DatagramExchange.Talk<Value>
    private let resendAfter: TimeAmount
    private let answer: OneAnswer<Value>
    private var sent = 0
    private var resend: Scheduled<Void>?

    init(
        descriptor: Int32,
        talk: DatagramExchange.Talk<Value>,
        resendAfter: TimeAmount,
        answer: OneAnswer<Value>
    ) {
        self.descriptor = descriptor
        self.talk = talk
        self.resendAfter = resendAfter
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
    }

    private func send(_ context: ChannelHandlerContext) {
        guard context.channel.isActive else { return }
        let packet = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // Told before the channel closes over it.
        packet.futureResult.whenFailure { [answer] error in answer.give(.failure(NetworkReasons.failure(error))) }
        let message = talk.message(sent)
        sent += 1
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: message)), promise: packet)
        resend = context.eventLoop.scheduleTask(in: resendAfter) {
            let (talker, context) = bound.value
            talker.send(context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).readableBytesView)
        if let result = talk.read(bytes, sent) { answer.give(result) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.give(.failure(failure(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        resend?.cancel()
        answer.give(.failure(CheckFailure(.closedEarly, "the socket was closed")))
    }

    /// What a router said tells more than the error number that the kernel makes of it.
    private func failure(_ error: any Error) -> any Error {
        guard error is IOError else { return error }
        return RouterMessage.next(from: descriptor)?.failure ?? NetworkReasons.failure(error)
    }
}
