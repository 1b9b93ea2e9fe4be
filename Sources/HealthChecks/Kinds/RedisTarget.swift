#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A `redis` or `rediss` URL taken apart (redis.io, "Redis URI scheme" of the IANA registry).
struct RedisTarget: Sendable, Equatable, CustomStringConvertible {
    let isEncrypted: Bool
    let host: String
    let port: Int
    let user: String?
    let database: Int

    /// Why a text is no such URL.
    enum Problem: Error {
        case notAURL, hasPassword
    }

    /// Takes `redis://[user@]host[:port][/database]`; a password in it is refused, because URLs end up in logs.
    init(_ text: String) throws(Problem) {
        guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(),
            ["redis", "rediss"].contains(scheme), !text.hasControlCharacters
        else { throw .notAURL }
        guard url.password == nil else { throw .hasPassword }
        let path = url.path.drop { $0 == "/" }
        guard let host = url.host, !host.isEmpty, url.query == nil, url.fragment == nil,
            let database = path.isEmpty ? 0 : Int(path), (0...65_535).contains(database),
            let port = Optional(url.port ?? 6379), (1...65_535).contains(port)
        else { throw .notAURL }
        isEncrypted = scheme == "rediss"
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        self.port = port
        user = url.user.flatMap { $0.isEmpty ? nil : $0 }
        self.database = database
    }

    /// For people, without the user.
    var description: String {
        "\(isEncrypted ? "rediss" : "redis")://\(Connector.Target(host: host, port: port).address)/\(database)"
    }
}

extension SettingsReader {
    /// A Redis URL without password.
    func redisTarget(_ key: String) -> RedisTarget? {
        guard let text = value(key, "a URL such as redis://host:6379/0", { $0 }) else { return nil }
        do throws(RedisTarget.Problem) {
            return try RedisTarget(text)
        } catch {
            // The text is not quoted: it may hold a password.
            problem(
                key,
                error == .hasPassword
                    ? "a password does not belong in a URL; use the key `password`"
                    : "expected redis://[user@]host[:port][/database], or rediss:// for TLS"
            )
            return nil
        }
    }
}
