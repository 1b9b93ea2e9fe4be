/// A name as a configuration writes it: a domain name, or an address that stands for its reverse name in PTR questions.
struct DNSQueryName: Sendable, Hashable {
    private let name: DNSName
    private let address: IPAddress?

    /// The name of the root.
    init() {
        (name, address) = (DNSName(labels: []), nil)
    }

    /// Nil for a text that is no domain name; every address is one, too.
    init?(_ text: String) {
        guard let name = DNSName(text) else { return nil }
        (self.name, address) = (name, IPAddress(text))
    }

    /// The question for records of a type.
    func question(_ type: DNSRecordType) -> DNSQuestion {
        DNSQuestion(name: type == .ptr ? address.map(Self.reverseName) ?? name : name, type: type)
    }

    /// The name in `in-addr.arpa` or `ip6.arpa` (RFC 1035 §3.5, RFC 3596 §2.5).
    private static func reverseName(of address: IPAddress) -> DNSName {
        let bytes = address.bytes.reversed()
        let labels =
            address.isV6
            ? bytes.flatMap { [$0 & 0x0f, $0 >> 4] }.map { String($0, radix: 16) } + ["ip6", "arpa"]
            : bytes.map { String($0) } + ["in-addr", "arpa"]
        return DNSName(labels: labels.map { Array($0.utf8) })
    }
}
