import HealthCore
import NIOCore
import NIOPosix

/// Asks one name server one question: over UDP, and over TCP when the answer is cut off (RFC 7766).
struct DNSExchange: Sendable {
    let group: any EventLoopGroup
    let connector: Connector
    let question: DNSQuestion

    /// A lost packet is sent anew after this.
    private static let resendAfter = TimeAmount.seconds(1)

    func ask(_ server: SocketAddress, _ context: RunContext) async throws -> DNSAnswer {
        let id = UInt16.random(in: .min ... .max)
        let answer = try await askOverUDP(server, id: id)
        return answer.isTruncated ? try await askOverTCP(server, id: id, context) : answer
    }

    private func askOverUDP(_ server: SocketAddress, id: UInt16) async throws -> DNSAnswer {
        let opened = OpenedChannels()
        defer { opened.close() }
        let question = question
        do {
            return try await withTaskCancellationHandler {
                let answer = OneAnswer<DNSAnswer>()
                _ = try await DatagramBootstrap(group: group)
                    .channelInitializer { channel in
                        channel.eventLoop.makeCompletedFuture {
                            opened.add(channel)
                            try DescriptorReserve.guardAgainstUse()
                            let resend = Self.resendAfter
                            let handler = DNSAnswerReader(
                                question: question,
                                id: id,
                                resendAfter: resend,
                                answer: answer
                            )
                            try channel.pipeline.syncOperations.addHandler(handler)
                        }
                    }
                    .connect(to: server)
                    .get()
                return try await withCheckedThrowingContinuation { answer.wait($0) }
            } onCancel: {
                opened.close()
            }
        } catch {
            throw NetworkReasons.failure(error)
        }
    }

    private func askOverTCP(_ server: SocketAddress, id: UInt16, _ context: RunContext) async throws -> DNSAnswer {
        let message = question.message(id: id)
        let target = Connector.Target(host: server.ipAddress ?? "", port: server.port ?? 53)
        let length = UInt16(truncatingIfNeeded: message.count)
        return try await connector.withStream(to: target, context) { stream in
            try await stream.write([UInt8(length >> 8), UInt8(truncatingIfNeeded: length)] + message)
            // The silence of a name server is its own reason.
            context.phases.enter(.resolve)
            while true {
                let buffer = stream.buffer
                if buffer.count >= 2, buffer.count - 2 >= Int(buffer[0]) << 8 | Int(buffer[1]) { break }
                try await stream.more()
                context.phases.enter(.resolve)
            }
            do throws(DNSAnswer.Problem) {
                return try DNSAnswer(reading: Array(stream.buffer.dropFirst(2)), to: question, id: id)
            } catch {
                throw error.failure
            }
        }
    }
}

extension DNSAnswer.Problem {
    fileprivate var failure: CheckFailure {
        switch self {
        case .notOurs: CheckFailure(.protocolError, "the answer is to another question")
        case .malformed(let what): CheckFailure(.protocolError, "no DNS answer: \(what)")
        }
    }
}

/// Sends a question until its answer comes; what answers another question is passed over.
private final class DNSAnswerReader: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private let question: DNSQuestion
    private let id: UInt16
    private let resendAfter: TimeAmount
    private let answer: OneAnswer<DNSAnswer>

    init(question: DNSQuestion, id: UInt16, resendAfter: TimeAmount, answer: OneAnswer<DNSAnswer>) {
        self.question = question
        self.id = id
        self.resendAfter = resendAfter
        self.answer = answer
    }

    func channelActive(context: ChannelHandlerContext) {
        send(context)
    }

    private func send(_ context: ChannelHandlerContext) {
        guard context.channel.isActive, let server = context.remoteAddress else { return }
        let message = ByteBuffer(bytes: question.message(id: id))
        let sent = context.writeAndFlush(wrapOutboundOut(AddressedEnvelope(remoteAddress: server, data: message)))
        // Told before the channel closes over it.
        sent.whenFailure { [answer] error in answer.give(.failure(NetworkReasons.failure(error))) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: resendAfter) {
            let (reader, context) = bound.value
            reader.send(context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).data.readableBytesView)
        do throws(DNSAnswer.Problem) {
            answer.give(.success(try DNSAnswer(reading: bytes, to: question, id: id)))
        } catch {
            // A stranger's packet is no answer; a broken one from the server is.
            if error != .notOurs { answer.give(.failure(error.failure)) }
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        answer.give(.failure(NetworkReasons.failure(error)))
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        answer.give(.failure(CheckFailure(.closedEarly, "the socket was closed")))
    }
}
