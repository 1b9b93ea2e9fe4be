import HTTPTypes
import HealthChecks
import NIOCore

/// Whether a request comes from this very machine, and not through a proxy on it.
enum Locality {
    private static let forwardingHeaders = [
        "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port",
        "x-forwarded-server", "via",
    ]

    static func isLocal(_ request: HTTPRequest, peer: SocketAddress?) -> Bool {
        guard let peer = peer?.ipAddress.flatMap({ IPAddress($0) }), isLoopback(peer) else { return false }
        let isForwarded = request.headerFields.contains { field in
            let name = field.name.canonicalName
            return forwardingHeaders.contains(name) || name.hasPrefix("x-forwarded-")
        }
        return !isForwarded && isLoopback(host: request.authority ?? "")
    }

    /// Whether a browser that says where a request comes from names this listener itself (RFC 6454 §7).
    static func isOwnOrigin(_ request: HTTPRequest) -> Bool {
        guard let origin = request.headerFields[.origin] else { return true }
        return ["http://", "https://"].contains { origin == $0 + (request.authority ?? "") }
    }

    /// Whether a browser could not have been led here by foreign DNS: the host is an address, localhost or a known name.
    static func hasKnownHost(_ request: HTTPRequest, names: [String]) -> Bool {
        let authority = request.authority ?? ""
        let host = (SettingText.address(authority)?.host ?? authority).lowercased()
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return host == "localhost" || IPAddress(bare) != nil || names.contains(host)
    }

    /// 127.0.0.1 or ::1; a dual-stack listener shows the former as ::ffff:127.0.0.1.
    private static func isLoopback(_ address: IPAddress) -> Bool {
        let v4 = address.embeddedV4 ?? address
        return v4.bytes == [127, 0, 0, 1] || address.bytes == Array(repeating: 0, count: 15) + [1]
    }

    /// A name that a browser could be led to by foreign DNS is not local.
    private static func isLoopback(host authority: String) -> Bool {
        let name = SettingText.address(authority)?.host ?? authority
        if name.lowercased() == "localhost" { return true }
        let bare = name.hasPrefix("[") ? String(name.dropFirst().dropLast()) : name
        guard let address = IPAddress(bare) else { return false }
        return isLoopback(address) || (address.bytes.count == 4 && address.bytes[0] == 127)
    }
}
