import HealthCore

/// The settings of a `redis` check.
struct RedisSettings: ProxiedSettings {
    /// The role of a server in its replication.
    enum Role: String, CaseIterable, Sendable {
        case master, replica
    }

    /// The server, the user and the database.
    var server = RedisTarget()
    /// Nil for a server without authentication.
    var password: String?
    /// Of the memory used over `maxmemory`.
    var memoryUsed: ThresholdPair<Double>?
    /// The role that the server must have.
    var role: Role?
    /// Nil when replication is measured and not evaluated.
    var replicationLag: ThresholdPair<Duration>?
    /// Nil for the defaults.
    var tls: TLSOptions?
    /// Which addresses of the host are used.
    var version = IPVersion.auto
    /// The proxy to connect through.
    var proxy: ProxyChoice?

    static let keys: [SettingKey<RedisSettings>] = [
        SettingKey("url", in: \.server, as: .redisURL, "redis://[user@]host[:port][/database].", traits: .required),
        SettingKey(
            "password",
            in: \.password,
            as: .secretText,
            "The password, of the user in the url if there is one.",
            traits: .secret
        ),
        SettingKey(
            "memory_used",
            in: \.memoryUsed,
            as: .thresholds(.ratio),
            "Memory used over maxmemory, when the server has one."
        ),
        SettingKey("role", in: \.role, as: .choice(), "What the server must be."),
        SettingKey(
            "replication_lag",
            in: \.replicationLag,
            as: .durationThresholds,
            "How far behind it or its replicas may be."
        ),
        .tls(\.tls, "TLS to a rediss url."),
        .ipVersion(\.version),
        .proxy,
    ]

    func validate(_ reader: SettingsReader) {
        // A URL with a problem says nothing about the other keys.
        guard !server.host.isEmpty else { return }
        if reader.has("tls"), !server.isEncrypted { reader.problem("tls", "has no effect: the url is not rediss://") }
        if server.user != nil, !reader.has("password") { reader.problem("url", "a user needs a `password`") }
    }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        RedisCheck(
            settings: self,
            destination: resources.routed(
                Connector.Target(host: server.host, port: server.port, version: version),
                proxy
            ),
            connector: resources.connector,
            tls: resources.tlsClient(tls),
            pingPeriod: RedisPingPeriod(time: resources.time),
            seen: seen
        )
    }
}

extension SettingType where Value == RedisTarget {
    /// A Redis URL without password.
    fileprivate static var redisURL: SettingType {
        SettingType(.url(RedisTarget.schemes)) { place in
            guard let text = place.scalar("a URL such as redis://host:6379/0", { $0 }) else { return nil }
            do throws(RedisTarget.Problem) {
                return try RedisTarget(text)
            } catch {
                // The text is not quoted: it may hold a password.
                place.problem(
                    error == .hasPassword
                        ? "a password does not belong in a URL; use the key `password`"
                        : "expected redis://[user@]host[:port][/database], or rediss:// for TLS"
                )
                return nil
            }
        }
    }
}
