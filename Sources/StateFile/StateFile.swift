package import HealthCore
import Platform
import Synchronization

/// What the exporter remembers over a restart, in a SQLite file.
///
/// Every call may block on the disk; calls from several threads wait for each other. A file that is damaged is moved aside, and
/// a new one is begun: when it is opened and by ``load(now:)`` at once; after ``StateFileProblem/Kind/damaged`` from any other call by
/// ``replaceDamaged(now:)``, or by the next one who opens the file.
package final class StateFile: Sendable {
    private struct State {
        let lock: StateFileLock
        /// Nil when a damaged one could not be replaced.
        var database: StateDatabase?
        var movedAside: String?
        /// The file that is open.
        var identity: StateFilePath.Identity?
        /// Whether the file was found damaged while it was open: the next one who opens it moves it aside.
        var isDamaged = false
    }

    private let path: StateFilePath
    private let maximumBytes: Int64
    private let schema: StateSchema
    /// Nil when it is closed.
    private let state: Mutex<State?>

    /// Opens the file at a path, or begins one, of at most so many bytes; its directory exists.
    ///
    /// - Parameters:
    ///   - now: for the name of a file that is moved aside.
    ///   - schema: other than the current one for tests of steps to come.
    package init(
        path text: String,
        maximumBytes: Int64 = 1 << 30,
        now: Timestamp = Timestamp(nanosecondsSinceEpoch: RealTime.nanosecondsSinceEpoch),
        schema: StateSchema = .current
    ) throws(StateFileProblem) {
        let path = try StateFilePath(text)
        _ = try path.regularFileSize()
        // With the lock nobody has the file open in this process; and beside a foreign file none is created.
        var lock = try StateFileLock(path, creates: false)
        if lock == nil {
            _ = try StateFileHeader.inspect(path, version: schema.version)
            lock = try StateFileLock(path, creates: true)
        }
        guard let lock else { throw SystemError.problem(ENOENT, writing: path.text) }
        let header = try StateFileHeader.inspect(path, version: schema.version)
        (self.path, self.maximumBytes, self.schema) = (path, maximumBytes, schema)
        var (database, movedAside): (StateDatabase?, String?) = (nil, nil)
        do throws(StateFileProblem) {
            if lock.mark == .damaged, header == .ours {
                throw StateFileProblem(kind: .damaged, message: "\(path.text): was found damaged before")
            }
            database = try StateDatabase(
                path,
                header,
                maximumBytes: maximumBytes,
                schema: schema,
                isSuspect: lock.mark != .closed
            )
        } catch  where error.kind == .damaged {
            movedAside = try DamagedStateFile.moveAside(path, now: now)
            database = try StateDatabase(path, .absent, maximumBytes: maximumBytes, schema: schema, isSuspect: false)
        }
        lock.write(.none)
        state = Mutex(State(lock: lock, database: database, movedAside: movedAside, identity: path.identity))
    }

    /// The path that the last damaged file was moved to; nil when none was.
    package var movedAside: String? { state.withLock { $0?.movedAside } }

    /// The size of the file with its write-ahead log, in bytes.
    package var sizeBytes: Int64 { path.size() + path.size("-wal") }

    /// Whether the file at the path is the one that is open.
    package var isInPlace: Bool { state.withLock { $0?.identity } == path.identity }

    /// Throws when it is not: what is written then, nobody finds there.
    package func requireInPlace() throws(StateFileProblem) {
        if isInPlace { return }
        throw StateFileProblem(
            kind: .unavailable,
            message: "\(path.text): was moved or deleted while it was open; stop the exporter first"
        )
    }

    /// Everything that is remembered but for counts.
    package func load(now: Timestamp) throws(StateFileProblem) -> RememberedState {
        do throws(StateFileProblem) {
            return try withDatabase { database throws(StateFileProblem) in try database.reader.load(now: now) }
        } catch  where error.kind == .damaged {
            try replaceDamaged(now: now)
            return RememberedState()
        }
    }

    /// The counts of every component since an hour, by the hour; `hour` counts from 1970.
    package func forEachHour(
        since hour: Int64,
        _ body: (String, Int64, SuccessCount) -> Void
    ) throws(StateFileProblem) {
        try forEach(.hours, since: hour, body)
    }

    /// The counts of every component since a minute, by the minute; `minute` counts from 1970.
    package func forEachMinute(
        since minute: Int64,
        _ body: (String, Int64, SuccessCount) -> Void
    ) throws(StateFileProblem) {
        try forEach(.minutes, since: minute, body)
    }

    // In parts, and the closure runs outside the lock: it may write.
    private func forEach(
        _ table: StatePeriodTable,
        since number: Int64,
        _ body: (String, Int64, SuccessCount) -> Void
    ) throws(StateFileProblem) {
        let names = try withDatabase { database throws(StateFileProblem) in try database.reader.names() }
        var last: StatePeriod? = StatePeriod(number: max(number, table.range.lowerBound), component: .min)
        while let after = last {
            let chunk = try withDatabase { database throws(StateFileProblem) in
                try database.reader.chunk(of: table, after: after, names: names)
            }
            for row in chunk.rows { body(row.component, row.number, row.count) }
            last = chunk.last
        }
    }

    /// Writes a batch, or nothing of it.
    package func write(_ batch: HistoryBatch) throws(StateFileProblem) {
        try withDatabase { database throws(StateFileProblem) in try database.write(batch) }
    }

    /// Deletes some of what is too old, or too much; called once an hour.
    package func prune(now: Timestamp) throws(StateFileProblem) {
        try withDatabase { database throws(StateFileProblem) in try database.prune(now: now) }
    }

    /// Moves the file aside and begins a new one; what it is moved to.
    @discardableResult
    package func replaceDamaged(now: Timestamp) throws(StateFileProblem) -> String {
        try state.withLock { state throws(StateFileProblem) in
            guard let lock = state?.lock else { throw closed }
            state?.database?.keepLog()
            state?.database = nil
            let aside = try DamagedStateFile.moveAside(path, now: now)
            state?.movedAside = aside
            state?.database = try StateDatabase(
                path,
                .absent,
                maximumBytes: maximumBytes,
                schema: schema,
                isSuspect: false
            )
            lock.write(.none)
            state?.isDamaged = false
            state?.identity = path.identity
            return aside
        }
    }

    /// Closes the file, so that everything is in it and others may open it; nothing else works afterwards.
    package func close() {
        state.withLock { state in
            guard let lock = state?.lock else { return }
            let isWhole = state?.database != nil && state?.isDamaged == false
            state?.database = nil
            if isWhole { lock.write(.closed) }
            state = nil
        }
    }

    private var closed: StateFileProblem {
        StateFileProblem(kind: .unavailable, message: "\(path.text): is closed")
    }

    private func withDatabase<Value: Sendable>(
        _ body: (StateDatabase) throws(StateFileProblem) -> Value
    ) throws(StateFileProblem) -> Value {
        try state.withLock { state throws(StateFileProblem) in
            guard let lock = state?.lock, let database = state?.database else { throw closed }
            do throws(StateFileProblem) {
                return try body(database)
            } catch {
                if error.kind == .damaged {
                    database.keepLog()
                    lock.write(.damaged)
                    state?.isDamaged = true
                }
                throw error
            }
        }
    }
}
