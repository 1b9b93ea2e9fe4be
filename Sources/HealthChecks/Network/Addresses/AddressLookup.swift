import HealthCore
import NIOCore
import Platform

/// Resolves one name with the C library (getaddrinfo(3), RFC 3493 §6.1); blocks its thread.
enum AddressLookup {
    /// `EAI_NODATA` and `EAI_ADDRFAMILY`, which glibc declares for GNU programs only (netdb.h).
    private static let (noData, noAddressOfFamily) = (Int32(-5), Int32(-9))

    /// The addresses of a name, without a port.
    static func addresses(of name: SharedLookups.Name) throws -> [SocketAddress] {
        try DescriptorReserve.guardAgainstUse()
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Socket.stream
        unsafe hints.ai_family =
            switch name.version {
            case .auto: AF_UNSPEC
            case .v4: AF_INET
            case .v6: AF_INET6
            }
        var list: UnsafeMutablePointer<addrinfo>?
        let begun = NIODeadline.now()
        let status = unsafe getaddrinfo(name.host, nil, &hints, &list)
        let systemError = errno
        guard status == 0 else {
            throw failure(status: status, errno: systemError, host: name.host, after: NIODeadline.now() - begun)
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [SocketAddress] = []
        var next = unsafe list
        while let entry = unsafe next {
            if let address = unsafe socketAddress(entry.pointee) { addresses.append(address) }
            unsafe next = entry.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw CheckFailure(.dnsNotFound, "\(name.host) has no address") }
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

    /// The failure that a status of getaddrinfo(3) means; `EAI_AGAIN` stands for silent and for failing name servers.
    ///
    /// Servers that fail answer at once; the C library waits for silent ones at least a second (resolv.conf(5), `timeout`).
    ///
    /// - Parameters:
    ///   - errno: the error number after `EAI_SYSTEM`.
    ///   - waited: how long the lookup took.
    static func failure(
        status: Int32,
        errno systemError: Int32,
        host: String,
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
