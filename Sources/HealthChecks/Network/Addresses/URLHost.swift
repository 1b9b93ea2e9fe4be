#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension URLComponents {
    /// The host, an IPv6 address without its brackets (RFC 3986 §3.2.2); nil when there is none, or brackets hold something else.
    var hostWithoutBrackets: String? {
        guard let host, !host.isEmpty else { return nil }
        let scalars = host.unicodeScalars
        guard scalars.contains(where: { $0 == "[" || $0 == "]" }) else { return host }
        let address = String(Substring(scalars.dropFirst().dropLast()))
        guard scalars.first == "[", scalars.last == "]", IPAddress(address)?.isV6 == true else { return nil }
        return address
    }
}
