#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension URLComponents {
    /// The host, an IPv6 address without its brackets (RFC 3986 §3.2.2); nil when there is none, brackets hold something else, or a
    /// percent-encoded character stands for one that no host has.
    var hostWithoutBrackets: String? {
        guard let host, !host.isEmpty else { return nil }
        let scalars = host.unicodeScalars
        guard scalars.contains(where: { $0 == "[" || $0 == "]" }) else {
            return scalars.contains(where: Self.isForbiddenInHost) ? nil : host
        }
        let address = String(Substring(scalars.dropFirst().dropLast()))
        guard scalars.first == "[", scalars.last == "]", IPAddress(address)?.isV6 == true else { return nil }
        return address
    }

    /// Whether a control character stands in a part that is shown or sent, percent-encoded ones included.
    var hasControlCharacters: Bool {
        [host, user, path, query].contains { $0?.hasControlCharacters == true }
    }

    /// Controls, spaces and what separates the parts of a URL (WHATWG URL, "forbidden domain code point"): with them a host would be
    /// something else to whoever reads it in a `Host` header, a log or a page.
    private static func isForbiddenInHost(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value <= 0x20 || (0x7f...0x9f).contains(scalar.value)
            || ##""#%/:<>?@[\]^`{|}"##.unicodeScalars.contains(scalar)
    }
}
