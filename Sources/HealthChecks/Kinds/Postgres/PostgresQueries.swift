import HealthCore

/// The queries of a check on an open connection.
struct PostgresQueries {
    /// The query, and the keys that decide which answers are needed.
    let settings: PostgresSettings

    /// Runs the configured query, then those about the server itself.
    func state(_ connection: inout PostgresConnection) throws -> PostgresState {
        try namingMissingGrant("what the query needs") { _ = try connection.query(settings.query) }
        var state = PostgresState()
        state.schema = try schema(&connection)
        state.connections = try row(
            PostgresStatements.connections,
            isNeeded: settings.connectionsUsed != nil,
            from: &connection,
            refusals: &state.refusals
        ).flatMap { PostgresConnectionCount($0) }
        state.replication = try row(
            PostgresStatements.replication,
            isNeeded: settings.replicationLag != nil,
            from: &connection,
            refusals: &state.refusals
        ).flatMap { PostgresReplication($0) }
        return state
    }

    /// The row that a server answers with about itself; nil when it has none.
    ///
    /// Relatives of PostgreSQL lack these tables: without a threshold that depends on them, that is no failure.
    private func row(
        _ statement: String,
        isNeeded: Bool,
        from connection: inout PostgresConnection,
        refusals: inout [String]
    ) throws -> PostgresRow? {
        do {
            return try namingMissingGrant("pg_monitor") { try connection.query(statement).first }
        } catch let error as PostgresError where !isNeeded && error.isRefusedStatement {
            refusals.append(error.message)
            return nil
        }
    }

    private func schema(_ connection: inout PostgresConnection) throws -> PostgresSchemaVersion? {
        guard let migration = settings.migration else { return nil }
        let statement = PostgresStatements.migration(table: migration.table, column: migration.column)
        return try namingMissingGrant("SELECT on \(migration.table), and USAGE on its schema,") {
            try connection.query(statement, [migration.expected]).first.flatMap { PostgresSchemaVersion($0) }
        }
    }

    /// Adds the missing grant to the error of a query that the server refuses for want of one.
    private func namingMissingGrant<Value>(_ grant: String, _ query: () throws -> Value) throws -> Value {
        do {
            return try query()
        } catch var error as PostgresError where error.isMissingGrant {
            error.message += "; grant \(grant) to \(settings.server.user)"
            throw error
        }
    }
}
