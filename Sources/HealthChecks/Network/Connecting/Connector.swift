package import HealthCore
package import NIOCore
import NIOPosix
import Platform

/// Connects to targets: resolves the name, applies the address policy, connects and encrypts, each in its phase.
package struct Connector: Sendable {
    /// The host and port of a target.
    package struct Target: Sendable {
        /// A host name or an address; an IPv6 address without brackets.
        package let host: String
        /// 1 to 65,535.
        package let port: Int
        /// Which addresses of a name are wanted.
        package let version: IPVersion
        /// The proxy on the way, to whose addresses the version then applies; nil for a direct connection.
        package var proxy: ProxyRoute?

        /// The target at a host and port.
        package init(host: String, port: Int, version: IPVersion = .auto, proxy: ProxyRoute? = nil) {
            self.host = host
            self.port = port
            self.version = version
            self.proxy = proxy
        }

        /// `host:port` for people.
        package var address: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    private let group: any EventLoopGroup
    private let resolver: Resolver
    /// For what a proxy resolves itself: names that no server answers for take no thread from those that are connected to.
    private let policyResolver: Resolver
    private let policy: AddressPolicy
    private let ports: PortBudget

    /// - Parameters:
    ///   - group: the event loops of the connections.
    ///   - resolver: looks up what is connected to.
    ///   - policyResolver: looks up what a proxy connects to.
    ///   - policy: which addresses may be connected to.
    package init(group: any EventLoopGroup, resolver: Resolver, policyResolver: Resolver, policy: AddressPolicy) {
        self.init(
            group: group,
            resolver: resolver,
            policyResolver: policyResolver,
            policy: policy,
            ports: PortBudget()
        )
    }

    /// - Parameter ports: decides which connections end with a reset.
    init(
        group: any EventLoopGroup,
        resolver: Resolver,
        policyResolver: Resolver? = nil,
        policy: AddressPolicy,
        ports: PortBudget
    ) {
        self.group = group
        self.resolver = resolver
        self.policyResolver = policyResolver ?? resolver
        self.policy = policy
        self.ports = ports
    }

    /// The same without the address policy: for addresses that come from the configuration of this machine alone.
    func trusting() -> Connector {
        Connector(group: group, resolver: resolver, policy: .everything, ports: ports)
    }

    /// Opens a connection, hands it to `body`, and closes it whatever happens, also when the task is cancelled.
    ///
    /// `configure` adds the protocol's handlers on the channel's event loop: once connected, or once the handshake is done, and
    /// before the first byte is read.
    package func withConnection<Configured: Sendable, Value: Sendable>(
        to target: Target,
        tls: TLSConnection? = nil,
        _ context: RunContext,
        configure: @escaping @Sendable (any Channel) throws -> Configured,
        _ body: (any Channel, Configured) async throws -> Value
    ) async throws -> Value {
        try await withChannel(to: target, isRead: true, context) { channel in
            let configured =
                if let tls {
                    try await tls.handshake(on: channel, host: target.host, context.phases) { channel in
                        try configure(channel)
                    } begin: { channel in
                        try EarlyReadBuffer.stop(on: channel)
                    }
                } else {
                    try await channel.eventLoop.run {
                        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
                        let configured = try configure(channel)
                        try EarlyReadBuffer.stop(on: channel)
                        return configured
                    }
                }
            return try await body(channel, configured)
        }
    }

    /// Opens a connection and closes it again, with a handshake in between where there is TLS.
    package func connect(to target: Target, tls: TLSConnection? = nil, _ context: RunContext) async throws {
        guard let tls else {
            return try await withChannel(to: target, isRead: false, context) { _ in context.phases.finish() }
        }
        let configure: @Sendable (any Channel) -> Void = { _ in }
        try await withConnection(to: target, tls: tls, context, configure: configure) { _, _ in
            context.phases.finish()
        }
    }

    /// Opens a connection without the protocol's handlers, and closes it whatever happens.
    ///
    /// - Parameter isRead: whether what the server sends is kept for handlers that come later.
    private func withChannel<Value: Sendable>(
        to target: Target,
        isRead: Bool,
        _ context: RunContext,
        _ body: (any Channel) async throws -> Value
    ) async throws -> Value {
        let (opened, errors) = (OpenedChannels(), ConnectionErrorRecord())
        defer { opened.close() }
        do {
            return try await withTaskCancellationHandler {
                let channel =
                    if let proxy = target.proxy {
                        try await open(target, through: proxy, context, opened: opened, errors: errors)
                    } else {
                        try await open(target, isRead: isRead, context, opened: opened, errors: errors)
                    }
                return try await body(channel)
            } onCancel: {
                opened.close()
            }
        } catch {
            let failure = NetworkReasons.failure(errors.rootCause(of: error))
            throw (failure as? CheckFailure)?.naming(target.address) ?? failure
        }
    }

    /// The addresses of a target, all of them allowed.
    ///
    /// One refused address refuses the name: a name server that mixes them is not trusted with the others.
    package func addresses(of target: Target, _ phases: PhaseTimer) async throws -> [SocketAddress] {
        if IPAddress(target.host) == nil { phases.enter(.resolve) }
        // An address with the dot of an absolute name is still an address.
        if target.host.hasSuffix("."), let literal = IPAddress(String(target.host.dropLast())),
            let why = policy.refusal(of: literal)
        {
            throw CheckFailure(.blocked, "\(target.host) is \(literal.text), which is refused: \(why)")
        }
        let addresses = try await resolver.addresses(
            of: target.host,
            port: target.port,
            version: target.version,
            phases: phases
        )
        for address in addresses {
            guard let ip = IPAddress(address), let why = policy.refusal(of: ip) else { continue }
            throw CheckFailure(.blocked, "\(target.host) is \(ip.text), which is refused: \(why)")
        }
        return addresses
    }

    /// A tunnel through a proxy, whose failures name the proxy.
    private func open(
        _ target: Target,
        through proxy: ProxyRoute,
        _ context: RunContext,
        opened: OpenedChannels,
        errors: ConnectionErrorRecord
    ) async throws -> any Channel {
        try await ProxiedTargetPolicy(resolver: policyResolver, policy: policy).check(target, context)
        let outer = context.phases.setPeer("the proxy")
        do {
            let server = proxy.target(target.version)
            let channel = try await open(server, isRead: true, context, opened: opened, errors: errors)
            try await proxy.openTunnel(to: target, on: channel, context.phases)
            context.phases.setPeer(outer)
            return channel
        } catch {
            let failure = NetworkReasons.failure(errors.rootCause(of: error))
            throw (failure as? CheckFailure)?.naming(proxy.name) ?? failure
        }
    }

    /// The first address that answers, IPv6 and IPv4 tried side by side (RFC 8305); nothing is read yet.
    private func open(
        _ target: Target,
        isRead: Bool,
        _ context: RunContext,
        opened: OpenedChannels,
        errors: ConnectionErrorRecord
    ) async throws -> any Channel {
        let addresses = try await addresses(of: target, context.phases)
        let mustReset = addresses.first.map { ports.use($0) } ?? false
        context.phases.enter(.connect)
        let loop = RunExecutors.loop(of: group)
        // Longer than the deadline of the run, which closes the channels and then gives the reason.
        let limit = TimeAmount.nanoseconds((context.timeout + .seconds(1)).wholeNanoseconds)
        let bootstrap = ClientBootstrap(group: loop)
            .connectTimeout(limit)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                opened.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    // Of a race, each address opens one more.
                    if addresses.count > 1 { try DescriptorReserve.guardAgainstUse() }
                    try channel.pipeline.syncOperations.addHandler(ConnectionErrorHandler(record: errors))
                    if isRead { try EarlyReadBuffer.start(on: channel) }
                }
                .flatMap { mustReset ? Self.closeWithReset(channel) : channel.eventLoop.makeSucceededVoidFuture() }
            }
        // Right before a socket is opened: a loop opens many before it initializes the first.
        try DescriptorReserve.guardAgainstUse()
        // One address needs no race.
        let connection =
            if let address = addresses.first, addresses.count == 1 {
                bootstrap.connect(to: address)
            } else {
                bootstrap.resolver(ResolvedAddresses(addresses, loop)).connect(host: target.host, port: target.port)
            }
        let channel = try await connection.get()
        try Task.checkCancellation()
        return channel
    }

    /// A close resets the connection instead of leaving it in TIME_WAIT (socket(7), SO_LINGER).
    ///
    /// Only where thousands of short connections to one address would use up the ports.
    private static func closeWithReset(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let options = channel as? any SocketOptionProvider else {
            return channel.eventLoop.makeSucceededVoidFuture()
        }
        return options.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
}
