import HealthCore

/// The settings of a `postgres` check.
struct PostgresSettings: CheckSettings {
    /// The server, the user and the database.
    var server = PostgresTarget()
    /// Nil for a user without a password.
    var password: String?
    /// The query that must succeed.
    var query = "SELECT 1"
    /// Nil for the default, and for a server that need not count its connections.
    var connectionsUsed: ThresholdPair<Double>?
    /// Nil when replication is measured and not evaluated.
    var replicationLag: ThresholdPair<Duration>?
    /// The version that the schema must have.
    var migration: Migration?
    /// Nil leaves TLS to the url's sslmode, unverified.
    var tls: TLSOptions?
    /// Which addresses of the host are used.
    var version = IPVersion.auto

    /// The thresholds of `connections_used` when the key is absent.
    static let defaultConnectionsUsed = ThresholdPair(degraded: 0.8, unhealthy: 0.95)

    static let keys: [SettingKey<PostgresSettings>] = [
        SettingKey(
            "url",
            in: \.server,
            as: .postgresURL,
            "postgres://user@host[:port][/database].",
            traits: .required
        ),
        SettingKey("password", in: \.password, as: .secretText, "The user's password.", traits: .secret),
        SettingKey("query", in: \.query, as: .sqlQuery, "A query that must succeed."),
        SettingKey(
            "connections_used",
            in: \.connectionsUsed,
            as: .thresholds(.ratio),
            "Client connections over those that there may be.",
            default: SettingType.thresholds(.ratio).text(defaultConnectionsUsed)
        ),
        SettingKey(
            "replication_lag",
            in: \.replicationLag,
            as: .durationThresholds,
            "How far behind it or its standbys may be."
        ),
        SettingKey("migration", in: \.migration, as: .object(Migration.self), "A version that the schema must have."),
        .tls(\.tls, "Verified TLS."),
        .ipVersion(\.version),
        .refused("proxy", because: "can't be used here: libpq connects by itself, and to no proxy"),
    ]

    func validate(_ reader: SettingsReader) {
        if reader.has("tls"), server.sslMode != PostgresTarget.defaultSSLMode {
            reader.problem("tls", "says already what sslmode in the url says; leave that one out")
        }
        if tls?.pins.isEmpty == false {
            reader.problem("tls", "pins can't be used here: libpq, which sends the password, compares none")
        }
    }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        PostgresCheck(
            settings: self,
            connector: resources.connector,
            pool: resources.blockingPool,
            time: resources.time,
            tls: tls.map { resources.tlsClient($0) },
            caughtUp: PostgresCaughtUpTimes(),
            seen: seen
        )
    }

    /// The `migration` section: the version that the schema must have.
    struct Migration: Settings {
        /// With or without its schema.
        var table = ""
        /// The column that holds the versions.
        var column = ""
        /// The version that must be there.
        var expected = ""

        /// The keys of the `migration` section, all of them required.
        static let keys: [SettingKey<Migration>] = [
            SettingKey(
                "table",
                in: \.table,
                as: .text(maximum: 127),
                "The table of versions, with or without its schema.",
                traits: .required
            ),
            SettingKey(
                "column",
                in: \.column,
                as: .text(maximum: 63),
                "The column that holds them.",
                traits: .required
            ),
            SettingKey("expect", in: \.expected, as: .text(), "The version that must be there.", traits: .required),
        ]
    }
}

extension SettingType where Value == String {
    /// An SQL query.
    fileprivate static var sqlQuery: SettingType {
        SettingType(
            .freeText(maximum: 65_536),
            expected: "one SQL query of at most 64 KiB",
            text: { $0 },
            parse: { text in
                text.utf8.count <= 65_536 && !text.utf8.contains(0) && !text.allSatisfy(\.isWhitespace) ? text : nil
            }
        )
    }
}

extension SettingType where Value == PostgresTarget {
    /// A PostgreSQL URL without password.
    fileprivate static var postgresURL: SettingType {
        SettingType(.url(PostgresTarget.schemes)) { place in
            guard let text = place.scalar("a URL such as postgres://user@host:5432/database", { $0 }) else {
                return nil
            }
            do throws(PostgresTarget.Problem) {
                return try PostgresTarget(text)
            } catch {
                place.problem(message(error, place.node))
                return nil
            }
        }
    }

    /// The text of the URL is not quoted: it may hold a password.
    private static func message(_ problem: PostgresTarget.Problem, _ node: SettingNode) -> String {
        switch problem {
        case .hasPassword: return "a password does not belong in a URL; use the key `password`"
        case .notAURL: return "expected postgres://user@host[:port][/database]"
        case .parameter(let name):
            let modes = PostgresTarget.sslModes.joined(separator: ", ")
            let found = node.isReplaced ? "a parameter of it" : "`\(name.cutForDisplay)`"
            return "\(found) is not taken here: only sslmode (\(modes)); for verified TLS use the key `tls`"
        }
    }
}
