import NIOCore
import NIOPosix
import Platform

/// A server on loopback that behaves badly in one way.
final class FaultServer: Sendable {
    /// What it does to whoever connects.
    enum Behaviour: Sendable, Equatable {
        /// Accepts and stays silent.
        case silence
        /// Closes as soon as it has accepted, or once it was asked.
        case closeAtOnce, closeWhenAsked
        /// Breaks the connection as soon as it has accepted.
        case resetAtOnce
        /// Breaks the connection once it was asked.
        case resetWhenAsked
        /// Answers with these bytes and closes.
        case answer(String)
        /// Answers with these bytes and stays silent.
        case stall(String)
        /// Answers with the first of these bytes, and then with the second ones without end.
        case flood([UInt8], [UInt8])
        /// Answers with a head and a body that never ends.
        case endlessBody
        /// Answers one byte at a time.
        case drip(String)
    }

    private let channel: any Channel
    /// How many connections ended, and how many of them with an error.
    let (ends, errors) = (Box(0), Box(0))

    var port: Int { channel.localAddress?.port ?? 0 }

    init(_ behaviour: Behaviour) async throws {
        let (ends, errors) = (ends, errors)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(behaviour, ends, errors))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    /// Closes the listener; whoever connects then is refused.
    func stop() async throws {
        try await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        private let ends: Box<Int>
        private let errors: Box<Int>
        private var wasAsked = false

        init(_ behaviour: Behaviour, _ ends: Box<Int>, _ errors: Box<Int>) {
            self.behaviour = behaviour
            (self.ends, self.errors) = (ends, errors)
        }

        func channelActive(context: ChannelHandlerContext) {
            if behaviour == .closeAtOnce { context.close(promise: nil) }
            if behaviour == .resetAtOnce { reset(context) }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !wasAsked else { return }
            wasAsked = true
            switch behaviour {
            case .silence, .closeAtOnce, .resetAtOnce: break
            case .closeWhenAsked: context.close(promise: nil)
            case .resetWhenAsked: reset(context)
            case .answer(let text):
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
                    .whenComplete { _ in channel.close(promise: nil) }
            case .stall(let text): write(context, text)
            case .flood(let first, let then):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: first)), promise: nil)
                flood(context, then)
            case .endlessBody:
                write(context, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                context.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(1)) { task in
                    let (handler, context) = loop.value
                    guard context.channel.isActive else { return task.cancel() }
                    handler.write(context, "1000\r\n\(String(repeating: "x", count: 4096))\r\n")
                }
            case .drip(let text): drip(context, Array(text.utf8)[...])
            }
        }

        private func flood(_ context: ChannelHandlerContext, _ bytes: [UInt8]) {
            guard context.channel.isActive else { return }
            let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let sent = context.eventLoop.makePromise(of: Void.self)
            sent.futureResult.whenSuccess { _ in
                loop.value.1.eventLoop.execute {
                    let (handler, context) = loop.value
                    handler.flood(context, bytes)
                }
            }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: sent)
        }

        private func write(_ context: ChannelHandlerContext, _ text: String) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
        }

        private func drip(_ context: ChannelHandlerContext, _ bytes: ArraySlice<UInt8>) {
            guard let first = bytes.first, context.channel.isActive else { return }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [first])), promise: nil)
            let loop = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: .milliseconds(10)) {
                let (handler, context) = loop.value
                handler.drip(context, bytes.dropFirst())
            }
        }

        private func reset(_ context: ChannelHandlerContext) {
            let linger = linger(l_onoff: 1, l_linger: 0)
            let channel = context.channel
            (channel as? any SocketOptionProvider)?.setSoLinger(linger).whenComplete { _ in channel.close(promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) {
            ends.update { $0 + 1 }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            errors.update { $0 + 1 }
            context.close(promise: nil)
        }
    }
}
