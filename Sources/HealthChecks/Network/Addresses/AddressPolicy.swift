/// Which addresses checks may connect to: all but link-local, multicast, unspecified and cloud metadata addresses.
///
/// Metadata services hand out credentials. Loopback and private networks are allowed, because that is where targets are.
package struct AddressPolicy: Sendable {
    private let allowed: [IPNetwork]

    private static let refused: [(network: IPNetwork, what: String)] = [
        ("0.0.0.0/8", "unspecified (RFC 1122)"), ("169.254.0.0/16", "link-local, with cloud metadata (RFC 3927)"),
        ("224.0.0.0/4", "multicast (RFC 5771)"), ("255.255.255.255", "broadcast (RFC 919)"),
        ("100.100.100.200", "cloud metadata"), ("::/128", "unspecified (RFC 4291)"),
        ("fe80::/10", "link-local (RFC 4291)"),
        ("ff00::/8", "multicast (RFC 4291)"), ("fd00:ec2::/32", "cloud metadata"),
        ("fd20:ce::254", "cloud metadata"), ("fd00:c1::a9fe:a9fe", "cloud metadata"),
        ("192.0.0.192", "cloud metadata"), ("168.63.129.16", "cloud metadata"),
    ].compactMap { text, what in IPNetwork(text).map { ($0, what) } }

    /// Refuses nothing; for addresses that the machine's own configuration names.
    package static let everything = AddressPolicy(allowed: ["0.0.0.0/0", "::/0"].compactMap { IPNetwork($0) })

    /// - Parameter allowed: networks that may be connected to although they are refused by default.
    package init(allowed: [IPNetwork] = []) {
        self.allowed = allowed
    }

    /// Why an address may not be connected to; nil when it may.
    package func refusal(of address: IPAddress) -> String? {
        if allowed.contains(where: { $0.contains(address) }) { return nil }
        if let match = Self.refused.first(where: { $0.network.contains(address) }) { return match.what }
        return address.embeddedV4.flatMap { refusal(of: $0) }
    }
}
