import NIOCore
import NIOPosix
import NIOSSL

@testable import HealthChecks

/// An HTTP proxy on loopback, which connects to a port of loopback whatever host it is asked for.
final class TunnelProxy: Sendable {
    /// What it does with a request.
    enum Behaviour: Sendable {
        /// Connects, and carries bytes in both directions; the bytes are sent in one piece with what the target says first.
        case tunnel(head: String)
        /// Answers with this text, and closes when that is so.
        case answer(String, closes: Bool)
        case silence
        case close
    }

    /// What proxies say when they have connected.
    static let head = "HTTP/1.1 200 Connection established\r\nProxy-Agent: test\r\n\r\n"

    private let channel: any Channel
    /// The heads of the requests, in order.
    let requests = Box<[String]>([])
    /// What clients sent through tunnels.
    let carried = Box("")

    var port: Int { channel.localAddress?.port ?? 0 }

    /// - Parameter tls: for an `https` proxy.
    init(_ behaviour: Behaviour = .tunnel(head: head), tls: NIOSSLContext? = nil) async throws {
        let (requests, carried) = (requests, carried)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    try pipeline.addHandler(RequestHandler(behaviour, requests, carried))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .get()
    }

    /// Closes the listener.
    func stop() async throws {
        try await channel.close()
    }

    private final class RequestHandler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        private let requests: Box<[String]>
        private let carried: Box<String>
        private var head = ""
        private var early = ByteBuffer()
        private var isAnswered = false
        private var target: (any Channel)?

        init(_ behaviour: Behaviour, _ requests: Box<[String]>, _ carried: Box<String>) {
            (self.behaviour, self.requests, self.carried) = (behaviour, requests, carried)
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            let text = String(buffer: bytes)
            if isAnswered { carried.update { $0 + text } }
            if let target { return target.writeAndFlush(bytes, promise: nil) }
            if isAnswered {
                early.writeBuffer(&bytes)
                return
            }
            head += text
            guard head.hasSuffix("\r\n\r\n") else { return }
            isAnswered = true
            requests.update { [head] in $0 + [head] }
            answer(context)
        }

        private func answer(_ context: ChannelHandlerContext) {
            switch behaviour {
            case .silence: break
            case .close: context.close(promise: nil)
            case .answer(let text, let closes):
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
                    .whenComplete { _ in if closes { channel.close(promise: nil) } }
            case .tunnel(let answer): connect(context, answer)
            }
        }

        private func connect(_ context: ChannelHandlerContext, _ answer: String) {
            let line = head.prefix { $0 != "\r\n" }.split(separator: " ")
            let port = line.count > 1 ? line[1].split(separator: ":").last.flatMap { Int($0) } ?? 0 : 0
            let client = context.channel
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            ClientBootstrap(group: context.eventLoop)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(Relay(to: client))
                    }
                }
                .connect(host: "127.0.0.1", port: port)
                .whenComplete { result in
                    let (handler, context) = bound.value
                    guard case .success(let target) = result else {
                        let refusal = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
                        context.writeAndFlush(handler.wrapOutboundOut(ByteBuffer(string: refusal)), promise: nil)
                        return
                    }
                    context.writeAndFlush(handler.wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
                    handler.target = target
                    if handler.early.readableBytes > 0 { target.writeAndFlush(handler.early, promise: nil) }
                }
        }

        func channelInactive(context: ChannelHandlerContext) {
            target?.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }

    /// Carries what a target sends to the client of the proxy.
    private final class Relay: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let client: any Channel

        init(to client: any Channel) {
            self.client = client
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            client.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case .inputClosed = event as? ChannelEvent { context.close(promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            client.close(promise: nil)
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            context.close(promise: nil)
        }
    }
}

extension ProxyRoute {
    /// A proxy of the test.
    static func test(
        _ proxy: TunnelProxy,
        host: String = "127.0.0.1",
        authorization: String? = nil
    ) throws -> ProxyRoute {
        let target = try HTTPTarget("http://\(host):\(proxy.port)")
        return ProxyRoute(server: target, authorization: authorization, tls: KindRun.resources().tlsClient(nil))
    }
}
