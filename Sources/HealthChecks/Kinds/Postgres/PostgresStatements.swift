/// The SQL that a check sends besides the configured query.
enum PostgresStatements {
    /// Client connections, and how many of them there may be (runtime-config-connection).
    ///
    /// Users without pg_read_all_stats see no `backend_type` in the rows of other users (monitoring-stats).
    static let connections = """
        SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' \
        OR (backend_type IS NULL AND usesysid IS NOT NULL AND datid IS NOT NULL)), \
        current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int \
        - coalesce(current_setting('reserved_connections', true)::int, 0)
        """

    /// Whether it is a standby; on one whether it streams, whether all that it received is replayed, and the seconds since it
    /// last replayed a transaction; on a primary how many standbys there are, how many of them this user may see, and the
    /// largest replay lag (monitoring-stats, functions-recovery-control).
    static let replication = """
        SELECT pg_is_in_recovery(), \
        (SELECT count(*) FROM pg_stat_wal_receiver WHERE coalesce(status, 'streaming') = 'streaming'), \
        pg_last_wal_receive_lsn() <= pg_last_wal_replay_lsn(), \
        extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()), \
        (SELECT count(*) FROM pg_stat_replication), \
        (SELECT count(*) FROM pg_stat_replication WHERE state IS NOT NULL), \
        (SELECT coalesce(max(extract(epoch FROM replay_lag)), 0) FROM pg_stat_replication)
        """

    /// How many rows hold the version ($1), and the largest one there is.
    static func migration(table: String, column: String) -> String {
        let parts = table.unicodeScalars.split(separator: ".")
        let (table, column) = (parts.map(quoted).joined(separator: "."), quoted(column.unicodeScalars[...]))
        return "SELECT count(*) FILTER (WHERE \(column)::text = $1), max(\(column)::text) FROM \(table)"
    }

    /// An identifier as it stands (sql-syntax-lexical); scalars, because a quote with a combining mark is another character.
    private static func quoted(_ name: Substring.UnicodeScalarView) -> String {
        "\"\(name.map { $0 == "\"" ? "\"\"" : String($0) }.joined())\""
    }
}
