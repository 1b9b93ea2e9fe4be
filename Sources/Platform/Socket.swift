/// Sockets by the constants and flags of the operating system.
///
/// All of them are non-blocking and closed on exec.
package enum Socket {
    /// The protocol of a datagram socket.
    package enum DatagramProtocol: Sendable {
        case udp
        /// Echo requests without privileges (icmp(7)).
        case icmp
    }

    /// `SOCK_STREAM`, as `addrinfo` wants it.
    package static let stream = Int32(SOCK_STREAM.rawValue)

    private static let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    private static let datagram = Int32(SOCK_DGRAM.rawValue)

    /// A datagram socket; negative on failure, with the reason in `errno`.
    package static func makeDatagram(_ protocol: DatagramProtocol, isV6: Bool) -> Int32 {
        let number =
            switch (`protocol`, isV6) {
            case (.udp, _): Int32(IPPROTO_UDP)
            case (.icmp, true): Int32(IPPROTO_ICMPV6)
            case (.icmp, false): Int32(IPPROTO_ICMP)
            }
        return socket(isV6 ? AF_INET6 : AF_INET, datagram | flags, number)
    }

    /// A datagram socket of the Unix domain; negative on failure, with the reason in `errno`.
    package static func makeLocalDatagram() -> Int32 {
        socket(AF_UNIX, datagram | flags, 0)
    }

    /// Two connected stream sockets of the Unix domain (socketpair(2)); nil on failure, with the reason in `errno`.
    package static func makeStreamPair() -> (first: Int32, second: Int32)? { makePair(stream) }

    /// Two connected datagram sockets of the Unix domain (socketpair(2)); nil on failure, with the reason in `errno`.
    package static func makeDatagramPair() -> (first: Int32, second: Int32)? { makePair(datagram) }

    private static func makePair(_ type: Int32) -> (first: Int32, second: Int32)? {
        var ends: [Int32] = [-1, -1]
        guard unsafe socketpair(AF_UNIX, type | flags, 0, &ends) == 0 else { return nil }
        return (ends[0], ends[1])
    }

    /// Sends without waiting and without SIGPIPE (send(2)); the number of bytes, or negative with the reason in `errno`.
    package static func send(_ bytes: [UInt8], to descriptor: Int32) -> Int {
        unsafe Platform.send(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
    }

    /// Receives without waiting (recv(2)); the number of bytes, or negative with the reason in `errno`.
    package static func receive(from descriptor: Int32, into buffer: inout [UInt8]) -> Int {
        unsafe buffer.withUnsafeMutableBytes { raw in
            unsafe recv(descriptor, raw.baseAddress, raw.count, Int32(MSG_DONTWAIT))
        }
    }

    /// Has the kernel queue ICMP errors for ``RouterMessage`` (ip(7), `IP_RECVERR`; ipv6(7), `IPV6_RECVERR`).
    package static func queueICMPErrors(of descriptor: Int32, isV6: Bool) {
        var isOn: Int32 = 1
        let (level, name) =
            isV6 ? (Int32(IPPROTO_IPV6), Int32(IPV6_RECVERR)) : (Int32(IPPROTO_IP), Int32(IP_RECVERR))
        _ = unsafe setsockopt(descriptor, level, name, &isOn, socklen_t(MemoryLayout<Int32>.size))
    }

    /// The error of a connection, which the kernel tells once (socket(7), `SO_ERROR`): 0 for none, nil when it can't be had.
    package static func pendingError(of descriptor: Int32) -> Int32? {
        var (code, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        return unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size) == 0 ? code : nil
    }
}
