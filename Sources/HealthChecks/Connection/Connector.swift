package import HealthCore
package import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The way to a target: resolve, judge the addresses, connect, encrypt, in phases.
package struct Connector: Sendable {
    /// Where to.
    package struct Target: Sendable, Equatable {
        package let host: String
        package let port: Int
        package let version: IPVersion

        package init(host: String, port: Int, version: IPVersion = .auto) {
            self.host = host
            self.port = port
            self.version = version
        }

        /// `host:port` for people.
        package var address: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    }

    private let group: any EventLoopGroup
    private let resolver: Resolver
    private let policy: AddressPolicy
    private let ports: PortBudget

    package init(group: any EventLoopGroup, resolver: Resolver, policy: AddressPolicy) {
        self.init(group: group, resolver: resolver, policy: policy, ports: PortBudget())
    }

    init(group: any EventLoopGroup, resolver: Resolver, policy: AddressPolicy, ports: PortBudget) {
        self.group = group
        self.resolver = resolver
        self.policy = policy
        self.ports = ports
    }

    /// The same way, without judging addresses: for those that nobody outside this machine had a say in.
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
        let (opened, fate) = (OpenedChannels(), ConnectionFate())
        defer { opened.close() }
        do {
            return try await withTaskCancellationHandler {
                let channel = try await connect(to: target, context, opened: opened, fate: fate)
                let configured =
                    if let tls {
                        try await tls.handshake(on: channel, host: target.host, context.phases) { channel in
                            try configure(channel)
                        } begin: { channel in
                            try EarlyBytes.release(channel)
                        }
                    } else {
                        try await channel.eventLoop.submit {
                            guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
                            let configured = try configure(channel)
                            try EarlyBytes.release(channel)
                            return configured
                        }.get()
                    }
                return try await body(channel, configured)
            } onCancel: {
                opened.close()
            }
        } catch {
            let failure = NetworkReasons.failure(fate.cause(of: error))
            throw (failure as? CheckFailure)?.naming(target.address) ?? failure
        }
    }

    /// The addresses of a target, all of them allowed.
    ///
    /// One refused address refuses the name: whoever mixes them is not to be trusted with the rest.
    package func addresses(of target: Target, _ phases: PhaseTimer) async throws -> [SocketAddress] {
        phases.enter(.resolve)
        // The dot of an absolute name makes no name of an address.
        if target.host.hasSuffix("."), let literal = IPAddress(String(target.host.dropLast())),
            let why = policy.refusal(of: literal)
        {
            throw CheckFailure(.blocked, "\(target.host) is \(literal.text), which is refused: \(why)")
        }
        let addresses = try await resolver.addresses(of: target.host, port: target.port, target.version, phases)
        for address in addresses {
            guard let text = address.ipAddress, let ip = IPAddress(text) else { continue }
            if let why = policy.refusal(of: ip) {
                throw CheckFailure(.blocked, "\(target.host) is \(text), which is refused: \(why)")
            }
        }
        return addresses
    }

    /// The first address that answers, IPv6 and IPv4 tried side by side (RFC 8305); nothing is read yet.
    private func connect(
        to target: Target,
        _ context: RunContext,
        opened: OpenedChannels,
        fate: ConnectionFate
    ) async throws -> any Channel {
        let addresses = try await addresses(of: target, context.phases)
        let mustReset = addresses.first.map { ports.use("\($0)") } ?? false
        context.phases.enter(.connect)
        let loop = group.next()
        // Longer than the run's own deadline, which closes the channels: whoever is first gives the reason.
        let limit = TimeAmount.nanoseconds((context.timeout + .seconds(1)).wholeNanoseconds)
        let channel = try await ClientBootstrap(group: loop)
            .resolver(ResolvedAddresses(addresses, loop))
            .connectTimeout(limit)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                opened.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    try DescriptorReserve.guardAgainstUse()
                    try channel.pipeline.syncOperations.addHandler(ConnectionWitness(fate: fate))
                    try EarlyBytes.hold(channel)
                }
                .flatMap { mustReset ? Self.closeWithReset(channel) : channel.eventLoop.makeSucceededVoidFuture() }
            }
            .connect(host: target.host, port: target.port)
            .get()
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

/// Addresses that were looked up and judged already, for a bootstrap that wants to look them up itself.
private struct ResolvedAddresses: NIOPosix.Resolver {
    private let addresses: [SocketAddress]
    private let loop: any EventLoop

    init(_ addresses: [SocketAddress], _ loop: any EventLoop) {
        self.addresses = addresses
        self.loop = loop
    }

    func initiateAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet })
    }

    func initiateAAAAQuery(host: String, port: Int) -> EventLoopFuture<[SocketAddress]> {
        loop.makeSucceededFuture(addresses.filter { $0.protocol == .inet6 })
    }

    func cancelQueries() {}
}
