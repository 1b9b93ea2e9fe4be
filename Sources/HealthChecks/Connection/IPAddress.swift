#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// An IPv4 or IPv6 address as its 4 or 16 bytes.
package struct IPAddress: Hashable, Sendable {
    package let bytes: [UInt8]

    /// A textual address as `inet_pton` reads it; a zone (`%eth0`) is cut off.
    ///
    /// Nil for anything else, host names included.
    package init?(_ text: String) {
        let bare = text.prefix { $0 != "%" }
        let isV6 = bare.contains(":")
        var buffer = [UInt8](repeating: 0, count: isV6 ? 16 : 4)
        let length = buffer.count
        let status = unsafe buffer.withUnsafeMutableBytes { raw in
            unsafe raw.count == length ? inet_pton(isV6 ? AF_INET6 : AF_INET, String(bare), raw.baseAddress) : 0
        }
        guard status == 1 else { return nil }
        bytes = buffer
    }

    /// 4 or 16 bytes in network order.
    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// As `inet_ntop` writes it.
    var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = isV6 ? AF_INET6 : AF_INET
        guard unsafe inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    package var isV6: Bool { bytes.count == 16 }

    /// The IPv4 address inside an IPv6 one: mapped `::ffff:0:0/96`, compatible `::/96`, NAT64 `64:ff9b::/96` and `64:ff9b:1::/48` (RFC 8215), 6to4 `2002::/16`.
    ///
    package var embeddedV4: IPAddress? {
        guard isV6 else { return nil }
        let head = bytes[0..<12]
        if bytes[0] == 0x20, bytes[1] == 0x02 { return IPAddress(bytes: Array(bytes[2..<6])) }
        let isMapped = head.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        let isTranslated =
            Array(head) == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
            || head.prefix(6) == [0, 0x64, 0xff, 0x9b, 0, 1]
        let isCompatible = head.allSatisfy { $0 == 0 } && bytes[12..<15].contains { $0 != 0 }
        return isMapped || isTranslated || isCompatible ? IPAddress(bytes: Array(bytes[12..<16])) : nil
    }
}

/// A network in CIDR notation (RFC 4632); a single address is one of full length.
package struct IPNetwork: Hashable, Sendable {
    private let address: IPAddress
    private let prefix: Int

    /// `10.0.0.0/8`, `fe80::/10` or a single address.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])), !parts[0].contains("%") else { return nil }
        let full = address.bytes.count * 8
        guard let prefix = parts.count == 2 ? Int(parts[1]) : full, (0...full).contains(prefix) else { return nil }
        self.address = address
        self.prefix = prefix
    }

    /// Whether an address lies in it.
    package func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        return zip(address.bytes, other.bytes).enumerated().allSatisfy { index, pair in
            let bits = min(8, max(0, prefix - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
            return pair.0 & mask == pair.1 & mask
        }
    }
}
