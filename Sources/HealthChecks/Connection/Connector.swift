package import HealthCore
package import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// The way to a target: resolve, judge the addresses, connect, in phases.
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
    }

    private let group: any EventLoopGroup
    private let resolver: Resolver
    private let policy: AddressPolicy

    package init(group: any EventLoopGroup, resolver: Resolver, policy: AddressPolicy) {
        self.group = group
        self.resolver = resolver
        self.policy = policy
    }

    /// A connected channel with the handlers that `initialize` adds; closed when the task is cancelled while this waits.
    package func connect(
        to target: Target,
        _ context: RunContext,
        initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        context.phases.enter(.resolve)
        let addresses = try await resolver.addresses(
            of: target.host,
            port: target.port,
            target.version,
            context.phases
        )
        try judge(addresses, target)
        context.phases.enter(.connect)
        var lastError: any Error = CheckFailure(.dnsNotFound, "\(target.host) has no address")
        for address in addresses {
            do {
                return try await connect(to: address, timeout: context.timeout, initialize)
            } catch {
                try Task.checkCancellation()
                lastError = NetworkReasons.failure(error)
            }
        }
        throw lastError
    }

    /// One refused address refuses the name: whoever mixes them is not to be trusted with the rest.
    private func judge(_ addresses: [SocketAddress], _ target: Target) throws {
        for address in addresses {
            guard let text = address.ipAddress, let ip = IPAddress(text) else { continue }
            if let why = policy.refusal(of: ip) {
                throw CheckFailure(.blocked, "\(target.host) is \(text), which is refused: \(why)")
            }
        }
    }

    private func connect(
        to address: SocketAddress,
        timeout: Duration,
        _ initialize: @escaping @Sendable (any Channel) throws -> Void
    ) async throws -> any Channel {
        let current = ChannelBox()
        // Longer than the run's own deadline, which closes the channel: whoever is first gives the reason.
        let limit = TimeAmount.nanoseconds((timeout + .seconds(1)).wholeNanoseconds)
        return try await withTaskCancellationHandler {
            try await ClientBootstrap(group: group)
                .connectTimeout(limit)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        current.set(channel)
                        try initialize(channel)
                    }
                }
                .connect(to: address)
                .get()
        } onCancel: {
            current.close()
        }
    }
}

/// Holds the channel that a cancellation closes.
package final class ChannelBox: Sendable {
    private struct State {
        var channel: (any Channel)?
        var isClosed = false
    }

    private let state = Mutex(State())

    package init() {}

    package func set(_ channel: any Channel) {
        let mustClose = state.withLock { state in
            state.channel = channel
            return state.isClosed
        }
        if mustClose { channel.close(promise: nil) }
    }

    package func close() {
        let channel = state.withLock { state in
            state.isClosed = true
            return state.channel
        }
        channel?.close(promise: nil)
    }
}
