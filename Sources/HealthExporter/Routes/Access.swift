import HTTPTypes
import HealthChecks
import NIOCore

/// Where a request came in.
enum RequestListener: Sendable {
    /// The main listener, or the router of a program that embeds us.
    case main
    /// The Unix socket: whoever may open it is an administrator.
    case adminSocket
}

/// Who sent a request, as far as access depends on it.
struct Requester: Sendable {
    /// Where the request came in.
    let listener: RequestListener
    /// Nil when it is not known, and behind a Unix socket.
    let peer: SocketAddress?
    /// Whether `web.config_file` names the user, or an authority of the client's certificate.
    var isAuthenticated = false

    /// Whether it came through the admin socket, or from an authenticated user.
    var isAdmin: Bool { listener == .adminSocket || isAuthenticated }

    /// Whether it comes from this machine, and not through a proxy on it that says so in a header.
    ///
    /// A plain reverse proxy on the same host looks the same, which is why loopback may change nothing by default.
    func isLoopback(_ request: HTTPRequest) -> Bool {
        if isAdmin { return true }
        guard let peer = peer?.ipAddress.flatMap({ IPAddress($0) }), peer.isOneLoopbackAddress else { return false }
        let isForwarded = request.headerFields.contains { field in
            let name = field.name.canonicalName
            return name == "forwarded" || name == "via" || name.hasPrefix("x-forwarded-")
        }
        return !isForwarded && Self.isLoopback(host: request.authority ?? "")
    }

    /// Whether somebody whom a key of the configuration names may do or read something.
    func isAllowed(_ audience: Audience, _ request: HTTPRequest) -> Bool {
        switch audience {
        case .always: true
        case .never: false
        case .admin: isAdmin
        case .loopback: isLoopback(request)
        }
    }

    /// A name that a browser could be led to by foreign DNS is not loopback.
    private static func isLoopback(host authority: String) -> Bool {
        let host = HostHeader(authority).host
        if host == "localhost" { return true }
        guard let address = IPAddress(host) else { return false }
        return address.isOneLoopbackAddress || (address.bytes.count == 4 && address.bytes[0] == 127)
    }
}

/// What the `Host` header of a request names, without the port and the brackets of IPv6.
struct HostHeader: Sendable {
    /// In lower case.
    let host: String

    /// Reads the header's value; `host:port`, `[v6]:port` or a name alone.
    init(_ authority: String) {
        let name = (SettingText.address(authority)?.host ?? authority).lowercased()
        host = name.hasPrefix("[") && name.hasSuffix("]") ? String(name.dropFirst().dropLast()) : name
    }

    /// Whether a browser could not have been led here by foreign DNS: an address, localhost or a configured name.
    func isKnown(_ names: [String]) -> Bool {
        host == "localhost" || IPAddress(host) != nil || names.contains(host)
    }
}

/// Keeps pages of other origins from changing anything through the browser of somebody who may.
enum CrossSiteGuard {
    /// Why a request that changes something is refused; nil when it isn't.
    static func refusal(of request: HTTPRequest, from requester: Requester, hostNames: [String]) -> HTTPReply? {
        // A browser sends a known password by itself, also for a page of another site.
        if requester.listener == .adminSocket { return nil }
        let authority = request.authority ?? ""
        let host = HostHeader(authority)
        guard host.isKnown(hostNames) else {
            return .error(
                403,
                "the Host header names `\(host.host.cutForDisplay)`, which is neither an address nor a known name",
                hint: "add the name to web.host_names, or send the request to an address"
            )
        }
        // A browser says where a request comes from (RFC 6454 §7).
        guard let origin = request.headerFields[.origin] else { return nil }
        if isOwn(origin, authority: authority, hostNames) { return nil }
        return .error(
            403,
            "the Origin header names a page that is not of this listener",
            hint: "leave Origin out, or send it as the scheme and the Host header; web.host_names allows more names"
        )
    }

    /// Whether an origin is the listener's own, or that of a name under which it is reached.
    ///
    /// Behind a proxy the Host header may name the proxy's target instead. An address or localhost is no such name: a page of
    /// another port of it would do.
    private static func isOwn(_ origin: String, authority: String, _ hostNames: [String]) -> Bool {
        ["http://", "https://"].contains { scheme in
            guard origin.hasPrefix(scheme) else { return false }
            let place = String(origin.dropFirst(scheme.count))
            return place == authority || hostNames.contains(HostHeader(place).host)
        }
    }
}

extension IPAddress {
    /// 127.0.0.1 or ::1; a dual-stack listener shows the former as ::ffff:127.0.0.1.
    fileprivate var isOneLoopbackAddress: Bool {
        let v4 = mappedV4 ?? self
        return v4.bytes == [127, 0, 0, 1] || bytes == Array(repeating: 0, count: 15) + [1]
    }
}
