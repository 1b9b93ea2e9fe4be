import NIOCore
import NIOPosix
import Platform

/// A server that answers the first thing it is told with the first answer, the second with the second, on each connection anew.
final class TurnServer: Sendable {
    /// What one answer becomes on its way.
    struct Mutant: Sendable, CustomStringConvertible {
        /// How the answer's bytes are sent.
        enum Change: Sendable {
            case whole, dribbled
            /// Only so many of them.
            case cut(Int)
            /// All of them, and these once more.
            case repeated(Int)
            /// One with other bits.
            case flipped(Int, UInt8)
        }

        /// What comes behind it.
        enum End: CaseIterable, Sendable {
            case silence, close, reset, nextAnswers
        }

        /// Which answer.
        let turn: Int
        let change: Change
        let end: End

        var description: String { "answer \(turn) \(change), then \(end)" }

        /// Whether an answer is broken off, and nothing follows that could be taken for the rest.
        var isCut: Bool {
            if case .cut = change { end != .nextAnswers } else { false }
        }

        func bytes(of answer: [UInt8]) -> [UInt8] {
            switch change {
            case .whole, .dribbled: answer
            case .cut(let count): Array(answer.prefix(count))
            case .repeated(let count): answer + answer.prefix(count)
            case .flipped(let index, let bits):
                answer.enumerated().map { $0.offset == index ? $0.element ^ bits : $0.element }
            }
        }
    }

    private let channel: any Channel

    var port: Int { channel.localAddress?.port ?? 0 }

    init(_ answers: [[UInt8]], _ mutant: Mutant) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(answers, mutant))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    func stop() async throws {
        try await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answers: [[UInt8]]
        private let mutant: Mutant
        private var turn = 0

        init(_ answers: [[UInt8]], _ mutant: Mutant) {
            (self.answers, self.mutant) = (answers, mutant)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            defer { turn += 1 }
            guard answers.indices.contains(turn), turn <= mutant.turn || mutant.end == .nextAnswers else { return }
            guard turn == mutant.turn else { return send(context, answers[turn]) }
            let bytes = mutant.bytes(of: answers[turn])
            if case .dribbled = mutant.change { return dribble(context, bytes[...]) }
            send(context, bytes)
            finish(context)
        }

        private func send(_ context: ChannelHandlerContext, _ bytes: [UInt8]) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }

        private func dribble(_ context: ChannelHandlerContext, _ bytes: ArraySlice<UInt8>) {
            guard let first = bytes.first, context.channel.isActive else { return finish(context) }
            send(context, [first])
            let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(1)) {
                let (handler, context) = loop.value
                handler.dribble(context, bytes.dropFirst())
            }
        }

        private func finish(_ context: ChannelHandlerContext) {
            switch mutant.end {
            case .silence, .nextAnswers: break
            case .close: context.close(promise: nil)
            case .reset:
                let channel = context.channel
                (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
                    .whenComplete { _ in channel.close(promise: nil) }
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}
