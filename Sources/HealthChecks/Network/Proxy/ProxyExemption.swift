/// Targets that are connected to directly although there is a proxy, in the form of `NO_PROXY` (curl(1)).
package enum ProxyExemption: Hashable, Sendable {
    /// Everything.
    case all
    /// A name and all names below it, in small letters and without dots at its ends.
    case domain(String)
    /// Targets that are given as addresses of a network.
    case network(IPNetwork)

    /// Reads `*`, a domain with or without a leading dot, an address or a network; nil for anything else.
    init?(_ text: String) {
        if text == "*" {
            self = .all
        } else if let network = IPNetwork(Self.withoutBrackets(text)) {
            self = .network(network)
        } else {
            let name = Self.normalized(text.hasPrefix(".") ? String(text.dropFirst()) : text)
            let isName = name.utf8.allSatisfy { byte in
                byte > 0x7f || byte == 45 || byte == 46 || byte == 95 || (48...57).contains(byte)
                    || (97...122).contains(byte)
            }
            guard isName, !name.isEmpty, !name.hasPrefix("."), name.utf8.count <= 253 else { return nil }
            self = .domain(name)
        }
    }

    /// Whether a target's host, a name or an address, is one of these; names are not resolved.
    func covers(_ host: String) -> Bool {
        switch self {
        case .all: return true
        case .network(let network): return IPAddress(host).map(network.contains) ?? false
        case .domain(let domain):
            let name = Self.normalized(host)
            return name == domain || name.hasSuffix(".\(domain)")
        }
    }

    /// The dot that makes a name absolute tells nothing apart.
    private static func normalized(_ name: String) -> String {
        let name = name.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    private static func withoutBrackets(_ text: String) -> String {
        text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    }
}

extension SettingType where Value == ProxyExemption {
    /// An element of `no_proxy`.
    static var proxyExemption: SettingType {
        SettingType(
            .text(maximum: 253),
            expected: "a domain, an address, a network or *, such as internal.example, 10.0.0.0/8 or *",
            parse: { ProxyExemption($0) }
        )
    }
}
