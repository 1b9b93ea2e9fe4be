/// A network in CIDR notation (RFC 4632); a single address is a network of full length.
package struct IPNetwork: Hashable, Sendable {
    private let address: IPAddress
    private let prefix: Int

    /// Reads `10.0.0.0/8`, `fe80::/10` or a single address; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count <= 2, let address = IPAddress(String(parts[0])), !parts[0].contains("%") else { return nil }
        let full = address.bytes.count * 8
        guard let prefix = parts.count == 2 ? Int(parts[1]) : full, (0...full).contains(prefix) else { return nil }
        self.address = address
        self.prefix = prefix
    }

    /// Whether an address lies in the network.
    package func contains(_ other: IPAddress) -> Bool {
        guard other.bytes.count == address.bytes.count else { return false }
        return zip(address.bytes, other.bytes).enumerated().allSatisfy { index, pair in
            let bits = min(8, max(0, prefix - index * 8))
            let mask = UInt8(truncatingIfNeeded: 0xff00 >> bits)
            return pair.0 & mask == pair.1 & mask
        }
    }
}
