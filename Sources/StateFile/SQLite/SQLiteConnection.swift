import CSQLite

/// A connection to a database; used by one thread at a time.
package final class SQLiteConnection {
    private let handle: SQLiteHandle
    private var statements: [String: SQLiteStatement] = [:]

    /// Opens an existing file.
    package init(_ path: String, _ access: SQLiteAccess) throws(StateFileProblem) {
        handle = try SQLiteHandle(path, access)
        // What a file says is data: it can't run functions, and a page that contradicts itself is found when it is read.
        configure(SQLITE_DBCONFIG_DEFENSIVE, true)
        configure(SQLITE_DBCONFIG_ENABLE_TRIGGER, false)
        configure(SQLITE_DBCONFIG_ENABLE_VIEW, false)
        configure(SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)
        unsafe sqlite3_busy_timeout(handle.pointer, 2000)
        try execute("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY")
    }

    /// The path of its file.
    package var path: String { handle.path }

    /// Whether the file could be opened for reading only, although writing was wanted.
    package var isReadOnly: Bool { unsafe sqlite3_db_readonly(handle.pointer, "main") != 0 }

    /// How many rows the last statement inserted, changed or deleted.
    package var changes: Int { Int(unsafe sqlite3_changes(handle.pointer)) }

    /// Leaves what is in the write-ahead log where it is when the connection is closed.
    package func keepLog() {
        configure(SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
    }

    /// Runs statements whose results are of no interest.
    package func execute(_ sql: String) throws(StateFileProblem) {
        guard unsafe sqlite3_exec(handle.pointer, sql, nil, nil, nil) == SQLITE_OK else { throw handle.problem() }
    }

    /// A prepared statement; the same one for the same text, which therefore is never run within itself.
    package func statement(_ sql: String) throws(StateFileProblem) -> SQLiteStatement {
        if let statement = statements[sql] { return statement }
        let statement = try SQLiteStatement(sql, on: handle)
        statements[sql] = statement
        return statement
    }

    /// Runs a statement to its end.
    package func run(_ sql: String, _ values: [SQLiteValue] = []) throws(StateFileProblem) {
        try statement(sql).run(values)
    }

    /// The number in the first column of the first row.
    package func integer(_ sql: String, _ values: [SQLiteValue] = []) throws(StateFileProblem) -> Int64? {
        try statement(sql).first(values) { $0.integer(0) }
    }

    /// The text in the first column of the first row.
    package func text(_ sql: String, _ values: [SQLiteValue] = []) throws(StateFileProblem) -> String? {
        try statement(sql).first(values) { $0.text(0) }
    }

    /// Everything that the closure does, or nothing of it.
    package func transaction(_ body: () throws(StateFileProblem) -> Void) throws(StateFileProblem) {
        try execute("BEGIN IMMEDIATE")
        do throws(StateFileProblem) {
            try body()
            try execute("COMMIT")
        } catch {
            // After some errors SQLite has rolled back by itself, and has nothing to roll back any more.
            try? execute("ROLLBACK")
            throw error
        }
    }

    private func configure(_ option: Int32, _ isOn: Bool) {
        unsafe sqlite_switch(handle.pointer, option, isOn ? 1 : 0)
    }
}
