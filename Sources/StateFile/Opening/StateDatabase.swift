import HealthCore
import Platform

/// An open database with the tables of this version; used by one thread at a time.
final class StateDatabase {
    /// A check of so much takes a second on a busy machine with two cores.
    private static let checkedBytes: Int64 = 64 << 20

    /// How often a tenth of a file goes at once that is larger than it may be.
    private static let tenths = 10

    private let connection: SQLiteConnection
    private let writer: StateWriter
    private let maximumBytes: Int64

    /// What it remembers.
    var reader: StateReader { StateReader(connection) }

    /// Opens the database at a path, or begins one; the caller has inspected its header.
    ///
    /// - Parameter isSuspect: whether its pages are checked, which reads all of them.
    init(
        _ path: StateFilePath,
        _ header: StateFileHeader,
        maximumBytes: Int64,
        schema: StateSchema,
        isSuspect: Bool
    ) throws(StateFileProblem) {
        if header == .absent { try Self.create(path) }
        connection = try SQLiteConnection(path.text, .readWrite)
        writer = StateWriter(connection)
        self.maximumBytes = maximumBytes
        do throws(StateFileProblem) {
            try prepare(schema, isSuspect: isSuspect && header == .ours)
            try limit()
        } catch {
            connection.keepLog()
            throw error
        }
    }

    private static func create(_ path: StateFilePath) throws(StateFileProblem) {
        // SQLite would let everybody read it; what it creates later has the mode of this one.
        let descriptor = unsafe open(path.text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemError.problem(errno, writing: path.text) }
        Platform.close(descriptor)
    }

    private func prepare(_ schema: StateSchema, isSuspect: Bool) throws(StateFileProblem) {
        if connection.isReadOnly { throw SystemError.problem(EROFS, writing: connection.path) }
        // The header of a file that was not closed may lie in its log.
        let version = try connection.integer("PRAGMA user_version") ?? 0
        if version > schema.version {
            throw StateFileHeader.newer(connection.path, version, supported: schema.version)
        }
        if version <= 0 { try connection.execute("PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL") }
        if isSuspect { try check() }
        try migrate(from: max(0, version), to: schema)
        // Only now: so the first transaction writes the header into the file itself.
        let mode = try connection.text("PRAGMA journal_mode = WAL")
        guard mode == "wal" else {
            throw StateFileProblem(
                kind: .unavailable,
                message:
                    "\(connection.path): its file system shares no memory (it may be a network's): use a local disk"
            )
        }
        // A thousand pages are some minutes of writing; deleted rows need not be overwritten, as nothing in them is secret.
        try connection.execute(
            """
            PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 1000; PRAGMA journal_size_limit = 4194304;
            PRAGMA secure_delete = OFF
            """
        )
        for table in [StatePeriodTable.minutes, .hours] { _ = try connection.statement(table.following) }
    }

    /// Of a large file only what is needed at the start: somebody waits for it, and damage in counts is found when they are read.
    private func check() throws(StateFileProblem) {
        let size =
            (try connection.integer("PRAGMA page_count") ?? 0) * (try connection.integer("PRAGMA page_size") ?? 0)
        let counts = [StatePeriodTable.minutes.rawValue, StatePeriodTable.hours.rawValue]
        let parts = size > Self.checkedBytes ? StateExport.tables.filter { !counts.contains($0) } : ["1"]
        for part in parts {
            let result = try connection.text("PRAGMA quick_check(\(part))") ?? "no answer"
            guard result == "ok" else {
                throw StateFileProblem(
                    kind: .damaged,
                    message: "\(connection.path): the content is damaged (\(result))"
                )
            }
        }
    }

    private func migrate(from version: Int64, to schema: StateSchema) throws(StateFileProblem) {
        for (index, step) in schema.steps.enumerated().dropFirst(Int(version)) {
            try connection.transaction { () throws(StateFileProblem) in
                try connection.execute(step)
                try connection.execute("PRAGMA user_version = \(index + 1)")
            }
        }
    }

    /// SQLite has no limit below the size that a file has; an owner that wants a smaller one has to wait for ``shrink()``.
    private func limit() throws(StateFileProblem) {
        try connection.execute("PRAGMA max_page_count = \(try maximumPages())")
    }

    private func maximumPages() throws(StateFileProblem) -> Int64 {
        max(1, maximumBytes / max(512, try connection.integer("PRAGMA page_size") ?? 4096))
    }

    /// Deletes the oldest history of a file that is larger than it may be, as its limit was lowered.
    private func shrink() throws(StateFileProblem) {
        let (maximum, pruner) = (try maximumPages(), StatePruner(connection))
        var isSmaller = false
        for _ in 0..<Self.tenths where try connection.integer("PRAGMA page_count") ?? 0 > maximum {
            guard try pruner.deleteOldestTenth() else { break }
            try pruner.returnAllPages()
            isSmaller = true
        }
        // Until then what was deleted takes room in the log, too.
        if isSmaller { try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
        try limit()
    }

    /// Writes a batch; when the file has reached its limit, the oldest history makes room.
    func write(_ batch: HistoryBatch) throws(StateFileProblem) {
        for _ in 0..<Self.tenths {
            do throws(StateFileProblem) {
                return try writer.write(batch)
            } catch {
                guard error.kind == .full, try isAtLimit(), try StatePruner(connection).deleteOldestTenth() else {
                    throw error
                }
            }
        }
        try writer.write(batch)
    }

    /// It may also be the file system that is full, where deleting makes no room.
    private func isAtLimit() throws(StateFileProblem) -> Bool {
        let count = try connection.integer("PRAGMA page_count") ?? 0
        let limit = try connection.integer("PRAGMA max_page_count") ?? .max
        return count >= limit / 10 * 9
    }

    /// Deletes old rows.
    func prune(now: Timestamp) throws(StateFileProblem) {
        writer.forgetComponents()
        try StatePruner(connection).prune(now: now)
        try shrink()
    }

    /// Leaves everything as it is on the disk, when it is closed.
    func keepLog() {
        connection.keepLog()
    }
}
