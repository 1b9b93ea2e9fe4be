/// What a server says of itself; nil where nothing was queried or the answer has another form.
struct PostgresState: Sendable {
    /// Whether the expected version is there.
    var schema: PostgresSchemaVersion?
    /// How many connections there are.
    var connections: PostgresConnectionCount?
    /// The role in the replication, and how it goes.
    var replication: PostgresReplication?
    /// Seconds that the server or its standbys are behind.
    var lag: Double?
    /// The errors of queries that nobody depends on.
    var refusals: [String] = []
}

/// The row of ``PostgresStatements/connections``.
struct PostgresConnectionCount: Sendable, Equatable {
    /// Client connections.
    let used: Double
    /// How many there may be; above 0.
    let limit: Double

    /// Nil for a row of another form.
    init?(_ row: PostgresRow) {
        guard let used = row.number(0), let limit = row.number(1), limit > 0 else { return nil }
        (self.used, self.limit) = (used, limit)
    }

    /// Used over the limit.
    var ratio: Double { used / limit }
}

/// The row of ``PostgresStatements/migration(table:column:)``.
struct PostgresSchemaVersion: Sendable, Equatable {
    /// Whether the expected version is there.
    let isPresent: Bool
    /// The largest version; nil in an empty table.
    let newest: String?

    /// Nil for a row of another form.
    init?(_ row: PostgresRow) {
        guard row.count == 2, let count = row.number(0) else { return nil }
        (isPresent, newest) = (count > 0, row.text(1))
    }
}
