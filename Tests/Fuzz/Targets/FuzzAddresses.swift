import Platform

@testable import HealthChecks

/// Addresses and networks as texts, and the decision whether a check may connect there.
enum FuzzAddresses {
    /// The whole input is a text; half of it may be a network.
    static func run(_ bytes: [UInt8]) throws {
        let text = bytes.text
        inspect(text)
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        if let network = parts.first.flatMap({ IPNetwork($0) }), let address = parts.last.flatMap({ IPAddress($0) }) {
            compare(network, address, parts[0])
        }
        if bytes.count == 4 || bytes.count == 16 { inspect(IPAddress(bytes: bytes)) }
        guard let (host, port) = SettingText.address(text) else { return }
        require(!host.isEmpty && (0...65_535).contains(port), "\(text) is \(host) and \(port)")
    }

    private static func inspect(_ text: String) {
        if let address = IPAddress(text) { inspect(address) }
    }

    private static func inspect(_ address: IPAddress) {
        guard let again = IPAddress(address.text) else { fail("\(address.text) is no address") }
        require(again == address, "\(address.text) is another address")
        let policy = AddressPolicy(allowed: [])
        // What is refused as itself is refused in an IPv6 address that stands for it, too.
        if let inner = address.embeddedV4, !isUnspecified(inner) {
            let refusals = (policy.refusal(of: inner), policy.refusal(of: address))
            require(refusals.0 == nil || refusals.1 != nil, "\(inner.text) is refused, and \(address.text) is not")
        }
        // An exception for exactly this address lets it in.
        if let network = IPNetwork(address.text) {
            require(network.contains(address), "\(address.text) is not in itself")
            require(AddressPolicy(allowed: [network]).refusal(of: address) == nil, "\(address.text) is not let in")
        }
    }

    private static func isUnspecified(_ address: IPAddress) -> Bool { address.bytes.allSatisfy { $0 == 0 } }

    /// Against a comparison bit by bit.
    private static func compare(_ network: IPNetwork, _ address: IPAddress, _ text: String) {
        let parts = text.split(separator: "/")
        guard let base = parts.first.flatMap({ IPAddress(String($0)) }) else { fail("\(text) is a network") }
        let length = parts.count == 2 ? Int(parts[1]) ?? -1 : base.bytes.count * 8
        let isWithin =
            base.bytes.count == address.bytes.count
            && (0..<length).allSatisfy { bit in
                let mask = UInt8(0x80) >> UInt8(bit % 8)
                return base.bytes[bit / 8] & mask == address.bytes[bit / 8] & mask
            }
        require(network.contains(address) == isWithin, "\(address.text) in \(text): not \(isWithin)")
    }
}
