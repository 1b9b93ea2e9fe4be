#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The parts of a `redis` or `rediss` URL (redis.io, "Redis URI scheme" of the IANA registry).
struct RedisTarget: Sendable, Hashable, CustomStringConvertible {
    /// Whether the scheme is `rediss`.
    let isEncrypted: Bool
    /// A name or an address, without brackets.
    let host: String
    /// From 1 to 65535.
    let port: Int
    /// Nil for the default user.
    let user: String?
    /// From 0 to 65535.
    let database: Int

    /// Without and with TLS.
    static let schemes = ["redis", "rediss"]

    /// Why a text is no such URL.
    enum Problem: Error {
        case notAURL, hasPassword
    }

    /// A target without host, before a URL is read.
    init() {
        (isEncrypted, host, port, user, database) = (false, "", 6379, nil, 0)
    }

    /// Reads `redis://[user@]host[:port][/database]`; a password in it is refused, because URLs end up in logs.
    init(_ text: String) throws(Problem) {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            Self.schemes.contains(scheme), !url.hasControlCharacters
        else { throw .notAURL }
        guard url.password == nil else { throw .hasPassword }
        let path = url.path.drop { $0 == "/" }
        guard let host = url.hostWithoutBrackets, url.query == nil, url.fragment == nil,
            let database = path.isEmpty ? 0 : Int(path), (0...65_535).contains(database),
            let port = Optional(url.port ?? 6379), (1...65_535).contains(port)
        else { throw .notAURL }
        isEncrypted = scheme == "rediss"
        self.host = host
        self.port = port
        user = url.user.flatMap { $0.isEmpty ? nil : $0 }
        self.database = database
    }

    /// For display, without the user.
    var description: String {
        "\(isEncrypted ? "rediss" : "redis")://\(Connector.Target(host: host, port: port).address)/\(database)"
    }
}
