import HealthCore
import HealthTesting
import NIOCore
import NIOPosix
import NIOSSL

@testable import HealthChecks

/// What the tests of connections share: names that resolve as the test says, and contexts of runs.
struct NetworkStage {
    /// The names that were looked up, in order.
    let lookups = Box<[String]>([])
    let connector: Connector
    let resolver: HealthChecks.Resolver

    /// - Parameters:
    ///   - names: the addresses of each name; other names are not found.
    ///   - policy: which addresses may be connected to.
    ///   - ports: how many ephemeral ports there are.
    init(names: [String: [String]] = [:], policy: AddressPolicy = AddressPolicy(), ports: Int = 100_000) {
        resolver = HealthChecks.Resolver(pool: BlockingPool(threads: 2, for: .names)) { [lookups] name in
            lookups.update { $0 + [name.host] }
            guard let addresses = names[name.host] else {
                throw CheckFailure(.dnsNotFound, "\(name.host) has no address")
            }
            return try addresses.map { try SocketAddress(ipAddress: $0, port: 0) }
        }
        connector = Connector(
            group: MultiThreadedEventLoopGroup.singleton,
            resolver: resolver,
            policy: policy,
            ports: PortBudget(ports: ports)
        )
    }

    /// The context of a run with a minute left.
    static func context() -> RunContext {
        RunContext(
            traceID: TraceID(high: 0, low: 1),
            timeout: .seconds(60),
            phases: PhaseTimer(time: ManualTime())
        )
    }

    /// The failure that a body throws; nil when it throws something else, or nothing.
    static func failure(_ body: () async throws -> Void) async -> CheckFailure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? CheckFailure
        }
    }
}

/// A server on loopback that records what it is sent, and sends what a script says.
final class ScriptedServer: Sendable {
    /// What one connection does.
    struct Script: Sendable {
        /// Sent as soon as a connection is accepted.
        var greeting = ""
        /// Sent once the received bytes end with `end`.
        var answer = ""
        /// What the received bytes end with when the answer is due.
        var end = "\r\n\r\n"
        /// Whether the connection is closed after the greeting, or after the answer when there is one.
        var closes = true
    }

    private let channel: any Channel
    /// The bytes received on each connection, in the order in which they were accepted.
    let received = Box<[String]>([])
    /// How many connections were closed, and how many by a reset.
    let (closed, resets) = (Box(0), Box(0))

    var port: Int { channel.localAddress?.port ?? 0 }

    /// Each connection follows the next script; those after the last follow the last.
    ///
    /// - Parameter tls: for a server that begins with a handshake.
    init(_ scripts: [Script], host: String = "127.0.0.1", tls: NIOSSLContext? = nil) async throws {
        let (received, closed, resets) = (received, closed, resets)
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                let index = received.value.count
                received.update { $0 + [""] }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
                    let script = scripts[min(index, scripts.count - 1)]
                    let handler = Handler(script) { text in
                        received.update { all in
                            var all = all
                            all[index] += text
                            return all
                        }
                    }
                    (handler.closed, handler.resets) = (closed, resets)
                    try pipeline.addHandler(handler)
                }
            }
            .bind(host: host, port: 0)
            .get()
    }

    /// Closes the listener.
    func stop() async throws {
        try await channel.close()
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let script: Script
        private let record: @Sendable (String) -> Void
        private var seen = ""
        var (closed, resets) = (Box(0), Box(0))

        init(_ script: Script, _ record: @escaping @Sendable (String) -> Void) {
            self.script = script
            self.record = record
        }

        func channelActive(context: ChannelHandlerContext) {
            if !script.greeting.isEmpty {
                send(script.greeting, context, closes: script.closes && script.answer.isEmpty)
            }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let text = String(buffer: unwrapInboundIn(data))
            record(text)
            seen += text
            guard !script.answer.isEmpty, seen.hasSuffix(script.end) else { return }
            seen = ""
            send(script.answer, context, closes: script.closes)
        }

        private func send(_ text: String, _ context: ChannelHandlerContext, closes: Bool) {
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)))
                .whenComplete { _ in if closes { channel.close(promise: nil) } }
        }

        func channelInactive(context: ChannelHandlerContext) {
            closed.update { $0 + 1 }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            if (error as? IOError)?.errnoCode == 104 { resets.update { $0 + 1 } }
            context.close(promise: nil)
        }
    }
}
