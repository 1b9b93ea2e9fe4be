#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The parts of a `postgres` URL (PostgreSQL documentation, 34.1.1.2, as far as a check needs it).
struct PostgresTarget: Sendable, Hashable, CustomStringConvertible {
    /// A name or an address, without brackets.
    let host: String
    /// From 1 to 65535.
    let port: Int
    /// The user who logs in.
    let user: String
    /// The database; the user's name when the URL has none.
    let database: String
    /// libpq's `sslmode` when the check has no `tls` key.
    let sslMode: String

    /// Both stand for the same.
    static let schemes = ["postgres", "postgresql"]
    /// libpq's default.
    static let defaultSSLMode = "prefer"
    /// The modes that verify nothing.
    static let sslModes = ["disable", "allow", "prefer", "require"]

    /// Why a text is no such URL.
    enum Problem: Error, Equatable {
        case notAURL, hasPassword
        case parameter(String)
    }

    /// A target without host, before a URL is read.
    init() {
        (host, port, user, database, sslMode) = ("", 5432, "", "", Self.defaultSSLMode)
    }

    /// Reads `postgres://user@host[:port][/database][?sslmode=…]`; a password in it is refused, because URLs end up in logs.
    init(_ text: String) throws(Problem) {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            Self.schemes.contains(scheme), !url.hasControlCharacters
        else { throw .notAURL }
        guard url.password == nil else { throw .hasPassword }
        guard let host = url.hostWithoutBrackets, let user = url.user, !user.isEmpty, url.fragment == nil,
            let port = Optional(url.port ?? 5432), (1...65_535).contains(port)
        else { throw .notAURL }
        var mode = Self.defaultSSLMode
        for item in url.queryItems ?? [] {
            guard item.name == "sslmode", let value = item.value, Self.sslModes.contains(value) else {
                throw .parameter(item.name)
            }
            mode = value
        }
        let path = url.path.drop { $0 == "/" }
        self.host = host
        self.port = port
        self.user = user
        database = path.isEmpty ? user : String(path)
        sslMode = mode
    }

    /// For display, without the user.
    var description: String {
        "postgres://\(Connector.Target(host: host, port: port).address)/\(database)"
    }
}
