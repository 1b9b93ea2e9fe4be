import HealthCore
import StateFile
import Testing

/// Files of earlier versions.
@Suite struct StateFileMigrationTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file as version 1 wrote it; this text never changes.
    private static let version1 = """
        PRAGMA page_size = 4096; PRAGMA auto_vacuum = INCREMENTAL;
        PRAGMA application_id = 1213748052; PRAGMA user_version = 1;
        CREATE TABLE component(id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL) STRICT;
        CREATE TABLE success_minute(minute INTEGER NOT NULL, component INTEGER NOT NULL, good INTEGER NOT NULL,
            bad INTEGER NOT NULL, PRIMARY KEY(minute, component)) WITHOUT ROWID, STRICT;
        CREATE TABLE success_hour(hour INTEGER NOT NULL, component INTEGER NOT NULL, good INTEGER NOT NULL,
            bad INTEGER NOT NULL, PRIMARY KEY(hour, component)) WITHOUT ROWID, STRICT;
        CREATE TABLE transition(id INTEGER PRIMARY KEY, component INTEGER NOT NULL, at_ns INTEGER NOT NULL,
            from_status TEXT NOT NULL, to_status TEXT NOT NULL, reason TEXT) STRICT;
        CREATE INDEX transition_component ON transition(component);
        CREATE TABLE incident(id INTEGER PRIMARY KEY, component INTEGER NOT NULL, start_ns INTEGER NOT NULL,
            end_ns INTEGER, worst TEXT NOT NULL, reason TEXT, is_drill INTEGER NOT NULL, in_maintenance INTEGER NOT NULL,
            roots TEXT) STRICT;
        CREATE INDEX incident_component ON incident(component);
        CREATE INDEX incident_open ON incident(id) WHERE end_ns IS NULL;
        CREATE TABLE check_state(component INTEGER NOT NULL, check_name TEXT NOT NULL, status TEXT NOT NULL,
            since_ns INTEGER NOT NULL, PRIMARY KEY(component, check_name)) WITHOUT ROWID, STRICT;
        CREATE TABLE last_run(component INTEGER NOT NULL, check_name TEXT NOT NULL, at_ns INTEGER NOT NULL,
            PRIMARY KEY(component, check_name)) WITHOUT ROWID, STRICT;
        CREATE TABLE heartbeat(component INTEGER NOT NULL, check_name TEXT NOT NULL, registered_ns INTEGER NOT NULL,
            last_ns INTEGER, status TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY(component, check_name))
            WITHOUT ROWID, STRICT;
        CREATE TABLE drill(component INTEGER PRIMARY KEY, status TEXT NOT NULL, affects_readiness INTEGER NOT NULL,
            reason TEXT NOT NULL, requester TEXT NOT NULL, start_ns INTEGER NOT NULL, end_ns INTEGER NOT NULL) STRICT;
        INSERT INTO component VALUES(1, 'api', 20788);
        INSERT INTO success_minute VALUES(29935560, 1, 3, 1);
        INSERT INTO success_hour VALUES(498926, 1, 300, 1);
        INSERT INTO transition VALUES(1, 1, 1796133600000000000, 'healthy', 'unhealthy', 'timeout');
        INSERT INTO incident VALUES(1, 1, 1796133600000000000, NULL, 'unhealthy', 'timeout', 0, 1, '["database"]');
        INSERT INTO check_state VALUES(1, 'http', 'unhealthy', 1796133600000000000);
        INSERT INTO last_run VALUES(1, 'http', 1796133600000000000);
        INSERT INTO heartbeat VALUES(1, 'http', 1796133600000000000, NULL, 'ok', '');
        INSERT INTO drill VALUES(1, 'degraded', 1, 'exercise', 'someone', 1796133600000000000, 1796137200000000000);
        PRAGMA journal_mode = WAL;
        """

    private static let later = StateSchema(
        steps: StateSchema.current.steps + ["ALTER TABLE drill ADD COLUMN extra TEXT; UPDATE drill SET extra = 'x'"]
    )

    private func expectContent(_ file: StateFile) throws {
        #expect(file.movedAside == nil)
        let state = try file.load(now: StateSample.now)
        #expect(state.checks.count == 1 && state.lastRuns.count == 1 && state.heartbeats.count == 1)
        #expect(state.drills.count == 1 && state.transitions["api"]?.first?.reason == .timeout)
        #expect(state.incidents.first?.roots == ["database"] && state.incidents.first?.wasInMaintenance == true)
        #expect(try file.hours() == ["api 498926 300 1"] && file.minutes() == ["api 29935560 3 1"])
    }

    @Test func version1IsRead() throws {
        try folder.write([])
        try SQLiteConnection(folder.file, .readWrite).execute(Self.version1)
        let file = try StateFile(path: folder.file)
        try expectContent(file)
        try file.write(StateSample.batch(["api", "new"], incident: 2))
    }

    @Test func aNewFileHasTheTablesOfTheLastVersion() throws {
        func schema(_ path: String) throws -> [String] {
            var lines: [String] = []
            try SQLiteConnection(path, .readOnly).statement("SELECT sql FROM sqlite_schema ORDER BY name").eachRow {
                row in
                lines.append((row.text(0) ?? "").split { " \n".contains($0) }.joined())
            }
            return lines
        }
        try StateFile(path: folder.file).close()
        try folder.write([], to: "golden.db")
        try SQLiteConnection(folder.path + "/golden.db", .readWrite).execute(Self.version1)
        #expect(try schema(folder.file) == schema(folder.path + "/golden.db"))
        #expect(try SQLiteConnection(folder.file, .readOnly).integer("PRAGMA auto_vacuum") == 2)
    }

    @Test func aStepMoreMigratesAFileThatIsThenNewer() throws {
        try folder.write([])
        try SQLiteConnection(folder.file, .readWrite).execute(Self.version1)
        let file = try StateFile(path: folder.file, schema: Self.later)
        try expectContent(file)
        file.close()
        let connection = try SQLiteConnection(folder.file, .readOnly)
        #expect(try connection.integer("PRAGMA user_version") == 2)
        #expect(try connection.text("SELECT extra FROM drill") == "x")
        #expect(StateFile.problem(opening: folder.file) == .newer)
        // All steps at once.
        let fresh = try StateFile(path: folder.path + "/fresh.db", schema: Self.later)
        fresh.close()
        #expect(try SQLiteConnection(folder.path + "/fresh.db", .readOnly).integer("PRAGMA user_version") == 2)
    }
}
