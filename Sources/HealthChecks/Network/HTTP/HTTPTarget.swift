import HealthCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A URL taken apart for a request.
package struct HTTPTarget: Hashable, Sendable, CustomStringConvertible {
    /// Whether the scheme is https.
    package let isEncrypted: Bool
    /// Without the brackets of an IPv6 address.
    package let host: String
    /// 1 to 65,535.
    package let port: Int
    /// Percent-encoded, never empty.
    package let pathAndQuery: String

    /// Why a text is no URL that can be requested.
    package enum Problem: Error {
        case notAURL
        case hasCredentials
    }

    /// No target yet: its host is empty.
    init() {
        (isEncrypted, host, port, pathAndQuery) = (false, "", 80, "/")
    }

    /// Reads an absolute `http` or `https` URL; a user or password in it is refused, because URLs end up in logs.
    package init(_ text: String) throws(Problem) {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            ["http", "https"].contains(scheme),
            let host = url.hostWithoutBrackets, !text.hasControlCharacters, !text.contains(" ")
        else { throw .notAURL }
        guard url.user == nil, url.password == nil else { throw .hasCredentials }
        isEncrypted = scheme == "https"
        self.host = host
        port = url.port ?? (isEncrypted ? 443 : 80)
        guard (1...65_535).contains(port) else { throw .notAURL }
        let path = url.percentEncodedPath
        pathAndQuery = (path.hasPrefix("/") ? path : "/" + path) + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
    }

    /// Whether scheme, host and port are the same (RFC 6454 §4); credentials go to one origin only.
    package func hasSameOrigin(as other: HTTPTarget) -> Bool {
        isEncrypted == other.isEncrypted && host.lowercased() == other.host.lowercased() && port == other.port
    }

    /// The target of a `Location` seen at this one (RFC 9110 §10.2.2): absolute, or relative to it.
    package func redirected(to location: String) throws(Problem) -> HTTPTarget {
        let base = "\(isEncrypted ? "https" : "http")://\(authority)\(pathAndQuery)"
        guard !location.hasControlCharacters, let url = URL(string: location, relativeTo: URL(string: base)) else {
            throw .notAURL
        }
        return try HTTPTarget(url.absoluteString)
    }

    /// The value of `Host`: the port only when it is not the scheme's own.
    package var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isEncrypted ? 443 : 80) ? name : "\(name):\(port)"
    }

    /// The whole for people: of a query only the names, because its values may be secrets.
    package var description: String {
        let parts = pathAndQuery.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let query = parts.dropFirst().flatMap { $0.split(separator: "&") }.map { item in
            item.firstIndex(of: "=").map { item[...$0] + "…" } ?? "…"
        }
        let shown = query.isEmpty ? "" : "?" + query.joined(separator: "&")
        return "\(isEncrypted ? "https" : "http")://\(authority)\(parts.first ?? "/")\(shown)"
    }

    /// A text as a URL that was taken apart holds it: what may not stand there is encoded (RFC 3986 §2.1).
    static func percentEncoded(_ text: String) -> String {
        text.percentEncoded { (0x21...0x7e).contains($0) && !"\"<>\\^`{|}".utf8.contains($0) }
    }
}
