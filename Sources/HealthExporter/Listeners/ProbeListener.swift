import HealthCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import ServiceLifecycle

/// Serves the three probes from an OS thread of its own, without a task, so that they answer while everything else is stuck.
struct ProbeListener: Service {
    /// Answers the probes.
    let responder: ProbeResponder
    /// Counts the answers.
    let counts: RequestCounts
    /// Inspected on its thread, once a second or more often.
    let stalls: StallMonitor
    /// Says whether the exporter shuts down.
    let store: StatusStore
    /// The moments of inspections.
    let time: any TimeSource
    /// Where it listens; port 0 is any free one.
    let address: ListenAddress
    /// The places of its connections.
    let places: ConnectionPlaces
    /// TLS of its connections; nil when they are plain.
    var protection: WebProtection?
    /// Called with its real address once it listens.
    let onBound: @Sendable (SocketAddress?) -> Void

    /// More connections than a kubelet and a few people need.
    static let maximumConnections = 512

    func run() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let watchdog = watch(on: group.next())
        do {
            let channel = try await bind(group)
            onBound(channel.localAddress)
            // Ends by graceful shutdown or cancellation; either way the listener closes.
            try? await gracefulShutdown()
            try await channel.close()
        } catch {
            watchdog.cancel()
            try await group.shutdownGracefully()
            throw error
        }
        watchdog.cancel()
        try await group.shutdownGracefully()
    }

    private func watch(on loop: any EventLoop) -> RepeatedTask {
        let period = TimeAmount.nanoseconds(stalls.period.wholeNanoseconds)
        return loop.scheduleRepeatedTask(initialDelay: period, delay: period) { [stalls, time] _ in
            stalls.inspect(at: time.moment)
        }
    }

    /// Adds the handlers of a connection, on its event loop.
    func addHandlers(to channel: any Channel) throws {
        try channel.readLittleAtATime()
        let sync = channel.pipeline.syncOperations
        let clock = ConnectionClock(channel: channel, places: places, deadlines: .probe)
        let limits = RequestGate.Limits(field: 8 * 1024, head: 16 * 1024, body: ProbeHandler.maximumBody)
        try sync.addHandler(ConnectionHandler(clock: clock))
        if let tls = protection?.tls {
            try sync.addHandler(PlainRequestHandler())
            try sync.addHandler(tls.makeHandler())
        }
        try sync.addRequestGate(clock: clock, counts: counts, limits: limits)
        try sync.addHandler(ProbeHandler(responder: responder, counts: counts, store: store))
    }

    private func bind(_ group: any EventLoopGroup) async throws -> any Channel {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: CInt(ListenerBacklog.size))
            .serverChannelOption(.maxMessagesPerRead, value: ListenerBacklog.acceptsAtOnce)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try addHandlers(to: channel) }
            }
        do {
            return try await bootstrap.bind(host: address.host, port: address.port).get()
        } catch {
            throw BindFailure(address: address, cause: error)
        }
    }
}
