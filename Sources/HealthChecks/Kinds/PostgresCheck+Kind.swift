import HealthCore

extension PostgresCheck {
    static let kind = CheckKind(
        name: "postgres",
        summary: "Asks a PostgreSQL server.",
        keys: [
            SettingKey(
                "url",
                .url(["postgres", "postgresql"]),
                "postgres://user@host[:port][/database].",
                required: true
            ),
            SettingKey("password", .text(maximum: 8192), "The user's password.", secret: true),
            SettingKey("query", .freeText(maximum: 65_536), "A query that must succeed; default SELECT 1."),
            SettingKey(
                "connections_used",
                .thresholds(.ratio),
                "Client connections over those that there may be; default {degraded: 80%, unhealthy: 95%}."
            ),
            SettingKey("replication_lag", .thresholds(.duration), "How far behind it or its standbys may be."),
            SettingKey("migration", .object(migrationKeys), "A version that the schema must have."),
            SettingKey("tls", .object(TLSOptions.keys), "Verified TLS."),
            CheckKind.versionKey,
        ]
    ) { reader, resources in
        let (password, tls) = (reader.secret("password"), reader.has("tls") ? resources.tlsClient(reader) : nil)
        let connectionsUsed = reader.ratioThresholds("connections_used")
        let needsConnections = reader.has("connections_used")
        let replicationLag = reader.durationThresholds("replication_lag")
        let (migration, version) = (migration(reader), reader.choice("ip") as IPVersion? ?? .auto)
        let query = reader.value("query", "one SQL query of at most 64 KiB") { text in
            text.utf8.count <= 65_536 && !text.utf8.contains(0) && !text.allSatisfy(\.isWhitespace) ? text : nil
        }
        guard let target = reader.postgresTarget("url") else { return nil }
        if reader.has("tls"), target.sslMode != "prefer" {
            reader.problem("tls", "says already what sslmode in the url says; leave that one out")
        }
        return PostgresCheck(
            connector: resources.connector,
            pool: resources.blockingPool,
            time: resources.time,
            server: target,
            version: version,
            password: password,
            query: query ?? "SELECT 1",
            tls: tls,
            connectionsUsed: connectionsUsed ?? ThresholdPair(degraded: 0.8, unhealthy: 0.95),
            needsConnections: needsConnections,
            replicationLag: replicationLag,
            caughtUp: PostgresCaughtUpTimes(),
            migration: migration,
            seen: reader.seen
        )
    }

    static let migrationKeys = [
        SettingKey("table", .text(maximum: 127), "The table of versions, with or without its schema.", required: true),
        SettingKey("column", .text(maximum: 63), "The column that holds them.", required: true),
        SettingKey("expect", .text(maximum: 256), "The version that must be there.", required: true),
    ]

    private static func migration(_ reader: SettingsReader) -> Migration? {
        guard reader.has("migration") else { return nil }
        let reader = reader.object("migration", keys: migrationKeys)
        guard let table = reader.text("table", maximum: 127), let column = reader.text("column", maximum: 63),
            let expected = reader.text("expect")
        else { return nil }
        return Migration(table: table, column: column, expected: expected)
    }
}
