package import NIOCore
import Platform

/// An IPv4 or IPv6 address as its 4 or 16 bytes.
package struct IPAddress: Hashable, Sendable {
    /// 4 or 16 bytes in network order.
    package let bytes: [UInt8]

    /// Reads an address as `inet_pton` reads it; a zone (`%eth0`) is cut off.
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

    /// Reads the forms in which only old programs write an IPv4 address, such as `2852039166` or `0xa9fea9fe` (inet_aton(3)).
    ///
    /// Nil for anything else, host names included.
    init?(legacy text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(Self.legacyNumber)
        let numbers = parts.compactMap(\.self)
        guard let last = numbers.last, numbers.count == parts.count, parts.count <= 4 else { return nil }
        // All but the last are one byte each; the last one is what is left.
        let left = 5 - parts.count
        guard numbers.dropLast().allSatisfy({ $0 <= 255 }), last >> (8 * UInt64(left)) == 0 else { return nil }
        bytes =
            numbers.dropLast().map { UInt8(truncatingIfNeeded: $0) }
            + (0..<left).reversed().map { UInt8(truncatingIfNeeded: last >> (8 * UInt64($0))) }
    }

    /// Decimal, with a leading 0 octal, with a leading 0x hexadecimal; at most 32 bits.
    private static func legacyNumber(_ text: Substring) -> UInt64? {
        let (digits, radix) =
            text.lowercased().hasPrefix("0x")
            ? (text.dropFirst(2), 16) : text.hasPrefix("0") && text.count > 1 ? (text.dropFirst(), 8) : (text, 10)
        guard let first = digits.first, first != "+", first != "-", let number = UInt64(digits, radix: radix) else {
            return nil
        }
        return number <= UInt32.max ? number : nil
    }

    /// The IP address of a socket address; nil for one of another family.
    package init?(_ address: SocketAddress) {
        switch address {
        // Behind the family and port, and for IPv6 the flow label (RFC 3493 §3.3).
        case .v4(let address): bytes = unsafe withUnsafeBytes(of: address.address) { unsafe Array($0[4..<8]) }
        case .v6(let address): bytes = unsafe withUnsafeBytes(of: address.address) { unsafe Array($0[8..<24]) }
        case .unixDomainSocket: return nil
        }
    }

    /// The address of 4 or 16 bytes in network order.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The address as `inet_ntop` writes it (RFC 5952 for IPv6).
    package var text: String {
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = isV6 ? AF_INET6 : AF_INET
        guard unsafe inet_ntop(family, bytes, &buffer, socklen_t(buffer.count)) != nil else { return "" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether this is an IPv6 address.
    package var isV6: Bool { bytes.count == 16 }

    /// The IPv4 address inside an IPv6 one, nil when there is none.
    ///
    /// Mapped `::ffff:0:0/96` and compatible `::/96` (RFC 4291), NAT64 `64:ff9b::/96` (RFC 6052) and `64:ff9b:1::/48`
    /// (RFC 8215), 6to4 `2002::/16` (RFC 3056).
    package var embeddedV4: IPAddress? {
        guard isV6 else { return nil }
        let head = bytes[0..<12]
        if bytes[0] == 0x20, bytes[1] == 0x02 { return IPAddress(bytes: Array(bytes[2..<6])) }
        let isTranslated =
            Array(head) == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0]
            || head.prefix(6) == [0, 0x64, 0xff, 0x9b, 0, 1]
        let isCompatible = head.allSatisfy { $0 == 0 } && bytes[12..<15].contains { $0 != 0 }
        return isTranslated || isCompatible ? IPAddress(bytes: Array(bytes[12..<16])) : mappedV4
    }

    /// The IPv4 address that a dual-stack socket shows as `::ffff:0:0/96` (RFC 4291 §2.5.5.2).
    package var mappedV4: IPAddress? {
        let isMapped = isV6 && bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xff && bytes[11] == 0xff
        return isMapped ? IPAddress(bytes: Array(bytes[12..<16])) : nil
    }
}
