package import HealthCore
package import NIOCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Which addresses of a name are wanted.
package enum IPVersion: String, CaseIterable, Sendable {
    case auto, v4, v6
}

/// Turns a host and port into addresses, on threads of its own: a name whose server is silent takes one of them, and holds up
/// other names only when all are taken.
package struct Resolver: Sendable {
    private let pool: BlockingPool
    private let lookups = SharedLookups()
    /// `EAI_NODATA` and `EAI_ADDRFAMILY`, which glibc shows to GNU programs only (netdb.h).
    private static let (noData, noAddressOfFamily) = (Int32(-5), Int32(-9))

    package init(pool: BlockingPool) {
        self.pool = pool
    }

    /// The addresses of a host, in the order in which the system wants them tried (RFC 6724).
    package func addresses(
        of host: String,
        port: Int,
        _ version: IPVersion,
        _ phases: PhaseTimer
    ) async throws -> [SocketAddress] {
        if IPAddress(host) != nil {
            let address = try SocketAddress(ipAddress: host, port: port)
            guard version == .auto || (version == .v6) == (address.protocol == .inet6) else {
                throw CheckFailure(.dnsNotFound, "\(host) is no IP\(version.rawValue) address")
            }
            return [address]
        }
        let question = SharedLookups.Question(host: host, version: version)
        let addresses = try await lookups.answer(to: question, on: pool, phases) { try Self.look(up: host, version) }
        return addresses.map { address in
            var address = address
            address.port = port
            return address
        }
    }

    private static func look(up host: String, _ version: IPVersion) throws -> [SocketAddress] {
        try DescriptorReserve.guardAgainstUse()
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_family =
            switch version {
            case .auto: AF_UNSPEC
            case .v4: AF_INET
            case .v6: AF_INET6
            }
        var list: UnsafeMutablePointer<addrinfo>?
        let begun = NIODeadline.now()
        let status = unsafe getaddrinfo(host, nil, &hints, &list)
        let systemError = errno
        guard status == 0 else { throw failure(status, systemError, host, after: NIODeadline.now() - begun) }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe socketAddress(entry.pointee) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw CheckFailure(.dnsNotFound, "\(host) has no address") }
        return addresses
    }

    @unsafe private static func socketAddress(_ info: addrinfo) -> SocketAddress? {
        guard let address = unsafe info.ai_addr else { return nil }
        switch unsafe info.ai_family {
        case AF_INET:
            return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                unsafe SocketAddress($0.pointee)
            }
        case AF_INET6:
            return unsafe address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                unsafe SocketAddress($0.pointee)
            }
        default: return nil
        }
    }

    /// The failure that a code of RFC 3493 §6.1 means; `EAI_AGAIN` is what both silent and failing name servers end in.
    ///
    /// Servers that fail say so at once; the C library waits for silent ones at least a second (resolv.conf(5), `timeout`).
    static func failure(
        _ status: Int32,
        _ systemError: Int32,
        _ host: String,
        after waited: TimeAmount
    ) -> CheckFailure {
        let text = unsafe gai_strerror(status).map { unsafe String(cString: $0) } ?? "error \(status)"
        switch status {
        case EAI_NONAME, Self.noData, Self.noAddressOfFamily: return CheckFailure(.dnsNotFound, "\(host): \(text)")
        case EAI_AGAIN where waited >= .seconds(1):
            return CheckFailure(.dnsTimeout, "\(host): no name server answered")
        case EAI_MEMORY: return CheckFailure(.internal, "\(host): \(text)")
        case EAI_SYSTEM: return NetworkReasons.failure(errno: systemError, "resolving \(host)")
        default: return CheckFailure(.dnsFailure, "\(host): \(text)")
        }
    }
}
