/// Opens a state file for people, while an exporter may be writing it.
enum StateFileReading {
    /// A connection that changes nothing.
    ///
    /// The header is read by SQLite: opening and closing the file besides it would drop its locks, when this process has it open.
    static func open(_ text: String) throws(StateFileProblem) -> SQLiteConnection {
        let path = try StateFilePath(text)
        guard try path.regularFileSize() != nil else {
            throw StateFileProblem(kind: .unavailable, message: "\(text): there is no such file")
        }
        let (connection, application) = try identified(path)
        guard application == StateSchema.applicationID else {
            throw StateFileHeader.foreign(text, "is a SQLite database of another program, or empty")
        }
        let version = try connection.integer("PRAGMA user_version") ?? 0
        guard version <= StateSchema.current.version else {
            throw StateFileHeader.newer(text, version, supported: StateSchema.current.version)
        }
        return connection
    }

    private static func identified(
        _ path: StateFilePath
    ) throws(StateFileProblem) -> (connection: SQLiteConnection, application: Int64?) {
        do throws(StateFileProblem) {
            let connection = try SQLiteConnection(path.text, .readOnly)
            return (connection, try connection.integer("PRAGMA application_id"))
        } catch {
            if error.kind == .damaged { throw StateFileHeader.foreign(path.text, "is no SQLite database") }
            // Where no log can be created, none is needed either, when nobody writes.
            guard [.unavailable, .readOnly].contains(error.kind), path.size("-wal") == 0 else { throw error }
            let connection = try SQLiteConnection(path.text, .immutable)
            return (connection, try connection.integer("PRAGMA application_id"))
        }
    }
}
