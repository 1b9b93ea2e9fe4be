#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A `postgres` URL taken apart (PostgreSQL documentation, 34.1.1.2, as far as a check needs it).
struct PostgresTarget: Sendable, Equatable, CustomStringConvertible {
    let host: String
    let port: Int
    let user: String
    let database: String
    /// What libpq does about TLS when the check has no `tls` key.
    let sslMode: String

    static let sslModes = ["disable", "allow", "prefer", "require"]

    /// Why a text is no such URL.
    enum Problem: Error, Equatable {
        case notAURL, hasPassword
        case parameter(String)
    }

    /// Takes `postgres://user@host[:port][/database][?sslmode=…]`; a password in it is refused, because URLs end up in logs.
    init(_ text: String) throws(Problem) {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            ["postgres", "postgresql"].contains(scheme), !text.hasControlCharacters
        else { throw .notAURL }
        guard url.password == nil else { throw .hasPassword }
        guard let host = url.host, !host.isEmpty, let user = url.user, !user.isEmpty, url.fragment == nil,
            let port = Optional(url.port ?? 5432), (1...65_535).contains(port)
        else { throw .notAURL }
        var mode = "prefer"
        for item in url.queryItems ?? [] {
            guard item.name == "sslmode", let value = item.value, Self.sslModes.contains(value) else {
                throw .parameter(item.name)
            }
            mode = value
        }
        let path = url.path.drop { $0 == "/" }
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        self.user = user
        database = path.isEmpty ? user : String(path)
        sslMode = mode
    }

    /// For people, without the user.
    var description: String {
        "postgres://\(Connector.Target(host: host, port: port).address)/\(database)"
    }
}

extension SettingsReader {
    /// A PostgreSQL URL without password.
    func postgresTarget(_ key: String) -> PostgresTarget? {
        guard let text = value(key, "a URL such as postgres://user@host:5432/database", { $0 }) else { return nil }
        do throws(PostgresTarget.Problem) {
            return try PostgresTarget(text)
        } catch {
            // The text is not quoted: it may hold a password.
            switch error {
            case .hasPassword: problem(key, "a password does not belong in a URL; use the key `password`")
            case .notAURL: problem(key, "expected postgres://user@host[:port][/database]")
            case .parameter(let name):
                let modes = PostgresTarget.sslModes.joined(separator: ", ")
                let found = isReplaced(key) ? "a parameter of it" : "`\(name.cutForDisplay)`"
                problem(
                    key,
                    "\(found) is not taken here: only sslmode (\(modes)); for verified TLS use the key `tls`"
                )
            }
            return nil
        }
    }
}
