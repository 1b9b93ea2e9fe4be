import HealthCore

/// Deletes what is too old, or too much.
///
/// A clock that is set wrongly into the future must not delete what happened: nothing is deleted when nothing was written for
/// as long as rows are kept, and each time only a part, so that a wrong day costs some of the oldest days.
struct StatePruner {
    /// Of minutes, transitions and incidents as many are deleted at once; an hour needs far fewer.
    private static let minutes: Int64 = 480
    private static let hours: Int64 = 48
    private static let rows: Int64 = 1000
    /// As many transitions and incidents are kept of each component.
    private static let keptOfComponent: Int64 = 1000
    /// As many free pages stay in the file for the next rows; of more than that, as many are given back at once.
    private static let freePages: Int64 = 256
    private static let returnedPages: Int64 = 2000

    private let connection: SQLiteConnection

    /// Deletes by a connection.
    init(_ connection: SQLiteConnection) {
        self.connection = connection
    }

    /// Deletes old rows; the names of components may be among them.
    func prune(now: Timestamp) throws(StateFileProblem) {
        let oldest = StateTime.hour(of: StateTime.days(StateTime.keptDays, before: now))
        guard let newest = try newestHour(), newest >= oldest else { return }
        try connection.transaction { () throws(StateFileProblem) in
            try delete(.minutes, before: StateTime.minute(of: now) - StateTime.keptMinutes, span: Self.minutes)
            try delete(.hours, before: oldest, span: Self.hours)
            let limit = StateTime.days(StateTime.keptDays, before: now).nanosecondsSinceEpoch
            for (table, column) in [("transition", "at_ns"), ("incident", "end_ns")] {
                try connection.run(
                    "DELETE FROM \(table) WHERE id IN (SELECT id FROM \(table) WHERE \(column) < ? ORDER BY id LIMIT ?)",
                    [.integer(limit), .integer(Self.rows)]
                )
            }
            try connection.run("DELETE FROM drill WHERE end_ns < ?", [.integer(limit)])
            try deleteSurplus(of: "transition", where: "true")
            try deleteSurplus(of: "incident", where: "end_ns IS NOT NULL")
            try deleteComponents(unseenSince: StateTime.day(of: now) - StateTime.keptDays - 1)
        }
        try returnPages()
    }

    /// Deletes the oldest tenth of everything that has a time; false when there is nothing.
    func deleteOldestTenth() throws(StateFileProblem) -> Bool {
        var deleted = 0
        try connection.transaction { () throws(StateFileProblem) in
            for table in [StatePeriodTable.minutes, .hours] {
                let (name, column) = (table.rawValue, table.column)
                let count = try connection.integer("SELECT count(*) FROM \(name)") ?? 0
                let boundary = try connection.integer(
                    "SELECT \(column) FROM \(name) ORDER BY \(column) LIMIT 1 OFFSET ?",
                    [.integer(count / 10)]
                )
                guard let boundary else { continue }
                try connection.run("DELETE FROM \(name) WHERE \(column) < ?", [.integer(boundary)])
                deleted += connection.changes
            }
            // Since when a component has its status, and what goes on, is no history.
            let last = "id NOT IN (SELECT max(id) FROM transition GROUP BY component)"
            for (table, condition) in [("transition", last), ("incident", "end_ns IS NOT NULL")] {
                try connection.run(
                    """
                    DELETE FROM \(table) WHERE id IN (SELECT id FROM \(table) WHERE \(condition) ORDER BY id
                        LIMIT (SELECT (count(*) + 9) / 10 FROM \(table) WHERE \(condition)))
                    """
                )
                deleted += connection.changes
            }
        }
        return deleted > 0
    }

    /// The hour of the newest row that can be one; nil without rows.
    private func newestHour() throws(StateFileProblem) -> Int64? {
        let bounds = [StateTime.hours.upperBound, StateTime.minutes.upperBound].map { SQLiteValue.integer($0) }
        return try connection.integer(
            """
            SELECT max(hour) FROM (
                SELECT max(hour) AS hour FROM success_hour WHERE hour <= ?1
                UNION ALL SELECT max(minute) / 60 FROM success_minute WHERE minute <= ?2
                UNION ALL SELECT at_ns / 3600000000000 FROM transition WHERE id = (SELECT max(id) FROM transition)
                UNION ALL SELECT start_ns / 3600000000000 FROM incident WHERE id = (SELECT max(id) FROM incident)
            )
            """,
            bounds
        )
    }

    private func delete(_ table: StatePeriodTable, before limit: Int64, span: Int64) throws(StateFileProblem) {
        let (name, column) = (table.rawValue, table.column)
        guard let first = try connection.integer("SELECT min(\(column)) FROM \(name)") else { return }
        // What is before 1970 was not written by us, and goes at once.
        let end = min(limit, max(first, 0) &+ span)
        try connection.run("DELETE FROM \(name) WHERE \(column) < ?", [.integer(end)])
    }

    private func deleteSurplus(of table: String, where condition: String) throws(StateFileProblem) {
        var components: [Int64] = []
        try connection.statement("SELECT component FROM \(table) GROUP BY component HAVING count(*) > ?").eachRow([
            .integer(Self.keptOfComponent)
        ]) { row in
            if let component = row.integer(0) { components.append(component) }
        }
        for component in components {
            try connection.run(
                """
                DELETE FROM \(table) WHERE component = ?1 AND \(condition) AND id <=
                    (SELECT id FROM \(table) WHERE component = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)
                """,
                [.integer(component), .integer(Self.keptOfComponent)]
            )
        }
    }

    /// A component that nobody wrote about for so long has no counts any more; what else there is of it goes with its name.
    private func deleteComponents(unseenSince day: Int64) throws(StateFileProblem) {
        var components: [Int64] = []
        let sql = """
            SELECT id FROM component WHERE seen < ?1
                AND NOT EXISTS (SELECT 1 FROM transition WHERE component = component.id)
                AND NOT EXISTS (SELECT 1 FROM incident WHERE component = component.id)
                AND (SELECT ifnull(min(hour), ?2) FROM success_hour) > seen * 24 + 23
                AND (SELECT ifnull(min(minute), ?2) FROM success_minute) > seen * 1440 + 1439
            """
        try connection.statement(sql).eachRow([.integer(day), .integer(.max)]) { row in
            if let component = row.integer(0) { components.append(component) }
        }
        for component in components {
            for table in ["check_state", "last_run", "heartbeat", "drill"] {
                try connection.run("DELETE FROM \(table) WHERE component = ?", [.integer(component)])
            }
            try connection.run("DELETE FROM component WHERE id = ?", [.integer(component)])
        }
    }

    /// Gives all free pages back, however many there are.
    func returnAllPages() throws(StateFileProblem) {
        try connection.execute("PRAGMA incremental_vacuum")
    }

    private func returnPages() throws(StateFileProblem) {
        let free = try connection.integer("PRAGMA freelist_count") ?? 0
        guard free > Self.freePages else { return }
        try connection.execute("PRAGMA incremental_vacuum(\(min(free - Self.freePages, Self.returnedPages)))")
    }
}
