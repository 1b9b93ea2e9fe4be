package import HealthCore

/// What a router, a firewall or the target itself said about a packet (RFC 792, RFC 4443), from the socket's error queue.
package struct RouterMessage: Equatable {
    /// Whether it is ICMPv6.
    package let isV6: Bool
    /// The type of the message (RFC 792, RFC 4443).
    package let type: UInt8
    /// The code within the type.
    package let code: UInt8

    /// The oldest message of a socket; nil when there is none.
    package static func next(from descriptor: Int32) -> RouterMessage? {
        var control = [UInt8](repeating: 0, count: 512)
        let count = control.count
        let length = unsafe control.withUnsafeMutableBytes { raw -> Int in
            var header = unsafe msghdr()
            unsafe header.msg_control = raw.baseAddress
            unsafe header.msg_controllen = count
            let flags = Int32(MSG_ERRQUEUE) | Int32(MSG_DONTWAIT)
            guard unsafe recvmsg(descriptor, &header, flags) >= 0 else { return 0 }
            return unsafe Int(header.msg_controllen)
        }
        return RouterMessage(control: Array(control.prefix(length)))
    }

    /// Reads ancillary data: cmsg(3) around `struct sock_extended_err` of ip(7), each padded to the size of a word.
    package init?(control: [UInt8]) {
        let word = MemoryLayout<Int>.size
        let head = word + 8
        var rest = control[...]
        while rest.count >= head {
            let bytes = Array(rest)
            let size = Self.number(bytes[0..<word])
            guard size >= head, size <= bytes.count else { return nil }
            let (level, kind) = (Self.number(bytes[word..<(word + 4)]), Self.number(bytes[(word + 4)..<head]))
            let isError =
                (level == Int(IPPROTO_IP) && kind == Int(IP_RECVERR))
                || (level == Int(IPPROTO_IPV6) && kind == Int(IPV6_RECVERR))
            // Error number (4), origin: 2 is ICMP, 3 is ICMPv6; type, code.
            if isError, size >= head + 16, [2, 3].contains(bytes[head + 4]) {
                (isV6, type, code) = (bytes[head + 4] == 3, bytes[head + 5], bytes[head + 6])
                return
            }
            rest = rest.dropFirst((size + word - 1) / word * word)
        }
        return nil
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int {
        // Little endian, as all machines are that this runs on; a length beyond any buffer is none.
        bytes.reversed().reduce(0) { $0 > Int(UInt32.max) ? $0 : $0 << 8 | Int($1) }
    }

    /// The failure that it means: `unreachable`, or `connect_refused` when the target itself says that a port is closed.
    package var failure: CheckFailure {
        let isPort = isV6 ? (type, code) == (1, 4) : (type, code) == (3, 3)
        // Packets for a closed port, or for a protocol that nobody speaks, have come to the target (RFC 1122 §3.2.2.1).
        let speaker = isPort || (!isV6 && (type, code) == (3, 2)) ? "the target" : "a router"
        return CheckFailure(isPort ? .connectRefused : .unreachable, "\(speaker) said: \(text)")
    }

    /// Type and code in the words of the RFCs.
    package var text: String {
        switch (isV6, type, code) {
        case (false, 3, 0): "network unreachable"
        case (false, 3, 1): "host unreachable"
        case (false, 3, 2): "protocol unreachable"
        case (false, 3, 3), (true, 1, 4): "port unreachable"
        case (false, 3, 9), (false, 3, 10), (false, 3, 13), (true, 1, 1): "administratively prohibited"
        case (false, 11, _), (true, 3, _): "time exceeded"
        case (true, 1, 0): "no route to the destination"
        case (true, 1, 3): "address unreachable"
        case (true, 1, 5): "source address failed policy"
        case (true, 1, 6): "route rejected"
        default: "ICMP\(isV6 ? "v6" : "") type \(type), code \(code)"
        }
    }
}
