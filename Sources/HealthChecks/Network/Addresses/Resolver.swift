package import HealthCore
package import NIOCore

/// Which addresses of a name are wanted.
package enum IPVersion: String, CaseIterable, Sendable {
    case auto, v4, v6
}

/// Turns a host and port into addresses, on threads of its own.
///
/// A name whose server is silent takes one thread; other names wait only when all threads are taken.
package struct Resolver: Sendable {
    private let pool: BlockingPool
    private let lookups = SharedLookups()
    private let lookup: @Sendable (SharedLookups.Name) throws -> [SocketAddress]

    /// Looks names up with `getaddrinfo`.
    package init(pool: BlockingPool) {
        self.init(pool: pool, lookup: AddressLookup.addresses)
    }

    /// - Parameter lookup: resolves a name to addresses without a port; blocks its thread.
    init(pool: BlockingPool, lookup: @escaping @Sendable (SharedLookups.Name) throws -> [SocketAddress]) {
        self.pool = pool
        self.lookup = lookup
    }

    /// The addresses of a host, in the order in which the system wants them tried (RFC 6724).
    ///
    /// An address as text resolves to itself, unless the version excludes it.
    package func addresses(
        of host: String,
        port: Int,
        version: IPVersion,
        phases: PhaseTimer
    ) async throws -> [SocketAddress] {
        if IPAddress(host) != nil {
            let address = try SocketAddress(ipAddress: host, port: port)
            guard version == .auto || (version == .v6) == (address.protocol == .inet6) else {
                throw CheckFailure(.dnsNotFound, "\(host) is no IP\(version.rawValue) address")
            }
            return [address]
        }
        let name = SharedLookups.Name(host: host, version: version)
        let addresses = try await lookups.addresses(of: name, pool: pool, phases: phases) { [lookup] in
            try lookup(name)
        }
        return addresses.map { address in
            var address = address
            address.port = port
            return address
        }
    }
}
