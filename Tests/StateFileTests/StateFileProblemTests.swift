import FoundationEssentials
import HealthCore
import Platform
import StateFile
import Testing

/// Files that can't be used, each left as it was.
@Suite struct StateFileProblemTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func execute(_ sql: String) throws {
        if try !folder.names.contains("state.db") { try folder.write([]) }
        try SQLiteConnection(folder.file, .readWrite).execute(sql)
    }

    @Test(arguments: [
        Array("a text file that is longer than a hundred bytes, so that its header could be one".utf8)
            + Array(repeating: 65, count: 100),
        Array("short".utf8), Array(repeating: 0, count: 5000), Array("SQLite format 3\0".utf8),
        Array("SQLite format 3\0".utf8) + Array(repeating: 7, count: 4080),
    ])
    func whatIsNoStateFileIsNotTouched(content: [UInt8]) throws {
        try folder.write(content)
        #expect(StateFile.problem(opening: folder.file) == .foreign)
        #expect(kind { () throws(StateFileProblem) in _ = try StateFile.check(path: folder.file) } == .foreign)
        #expect(try folder.names == ["state.db"])
        #expect(try folder.read() == content)
    }

    @Test func aDatabaseOfAnotherProgramIsNotTouched() throws {
        try execute("CREATE TABLE t(a); INSERT INTO t VALUES(1); PRAGMA user_version = 1; PRAGMA application_id = 1")
        let content = try folder.read()
        #expect(StateFile.problem(opening: folder.file) == .foreign)
        #expect(kind { () throws(StateFileProblem) in try StateFile.export(path: folder.file) { _ in } } == .foreign)
        #expect(try folder.read() == content)
        #expect(try folder.names == ["state.db"])
    }

    @Test func aFileOfALaterExporterIsNotTouched() throws {
        try StateFile(path: folder.file).close()
        try execute("PRAGMA user_version = 2")
        let content = try folder.read()
        #expect(StateFile.problem(opening: folder.file) == .newer)
        #expect(kind { () throws(StateFileProblem) in _ = try StateFile.check(path: folder.file) } == .newer)
        #expect(try folder.read() == content)
    }

    @Test func aVersionThatIsOnlyInTheLogCounts() throws {
        try StateFile(path: folder.file).close()
        let other = try SQLiteConnection(folder.file, .readWrite)
        try other.execute("PRAGMA user_version = 2")
        #expect(StateFile.problem(opening: folder.file) == .newer)
        #expect(try other.integer("PRAGMA user_version") == 2)
    }

    @Test func onlyARegularFileWillDo() throws {
        try FileManager.default.createDirectory(atPath: folder.path + "/folder", withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: "state.db")
        #expect(StateFile.problem(opening: folder.path + "/folder") == .foreign)
        #expect(StateFile.problem(opening: folder.path + "/link") == .foreign)
        #expect(StateFile.problem(opening: "/dev/null") == .foreign)
    }

    @Test func withoutADirectoryItIsUnavailable() throws {
        #expect(StateFile.problem(opening: folder.path + "/none/state.db") == .unavailable)
        #expect(StateFile.problem(opening: "") == .unavailable)
        #expect(StateFile.problem(opening: folder.path + "/a\0b") == .unavailable)
        try folder.write([1])
        #expect(StateFile.problem(opening: folder.file + "/state.db") == .unavailable)
        #expect(
            kind { () throws(StateFileProblem) in _ = try StateFile.check(path: folder.path + "/none") } == .unavailable
        )
        let problem = #expect(throws: StateFileProblem.self) { try StateFile(path: folder.path + "/none/state.db") }
        #expect(problem?.message.contains("directory does not exist: create it") == true)
    }

    @Test func twoExportersDoNotShareAFile() throws {
        let first = try StateFile(path: folder.file)
        #expect(StateFile.problem(opening: folder.file) == .locked)
        try first.write(StateSample.batch(["api"]))
        first.close()
        let second = try StateFile(path: folder.file)
        #expect(try second.hours().count == 1)
    }

    @Test func aTransactionOfAnotherProgramLocks() throws {
        let file = try StateFile(path: folder.file)
        let other = try SQLiteConnection(folder.file, .readWrite)
        try other.execute("BEGIN IMMEDIATE")
        #expect(kind { () throws(StateFileProblem) in try file.write(StateSample.batch(["api"])) } == .locked)
        try other.execute("COMMIT")
        try file.write(StateSample.batch(["api"]))
    }

    @Test func onlyTheOwnerCanReadWhatIsCreated() throws {
        let file = try StateFile(path: folder.file)
        try file.write(StateSample.batch(["api"]))
        try StateFile.backup(path: folder.file, to: folder.path + "/copy.db")
        let names = try folder.names
        #expect(names == ["copy.db", "state.db", "state.db-shm", "state.db-wal", "state.db.lock"])
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        file.close()
    }

    @Test(arguments: [
        (0o555, 0o600, StateFileProblem.Kind.readOnly), (0o755, 0o400, .readOnly), (0o755, 0o000, .unavailable),
        (0o000, 0o600, .unavailable),
    ])
    func permissionsAreTold(folderMode: Int, fileMode: Int, expected: StateFileProblem.Kind) throws {
        try StateFile(path: folder.file).close()
        try FileManager.default.removeItem(atPath: folder.file + ".lock")
        try asNobody(folderMode: folderMode, fileMode: fileMode) {
            #expect(StateFile.problem(opening: folder.file) == expected)
            if folderMode == 0o555 {
                // Nobody writes it, and nothing can be created beside it: it is read all the same.
                #expect(kind { () throws(StateFileProblem) in _ = try StateFile.check(path: folder.file) } == nil)
                #expect(StateFile.problem(opening: folder.path + "/new.db") == .readOnly)
            }
        }
    }

    private struct Missing: Error {}

    /// As a user whom modes bind; root is none, but may be another one for files on this thread (setfsuid(2)).
    private func asNobody(folderMode: Int, fileMode: Int, _ body: () throws -> Void) throws {
        for (path, mode) in [(folder.file, fileMode), (folder.path, folderMode)] {
            if geteuid() == 0 { try #require(unsafe chown(path, 65534, 65534) == 0) }
            try #require(unsafe chmod(path, mode_t(mode)) == 0)
        }
        defer { _ = unsafe chmod(folder.path, 0o755) }
        guard geteuid() == 0 else { return try body() }
        typealias Function = @convention(c) (UInt32) -> Int32
        guard let symbol = unsafe dlsym(nil, "setfsuid") else { throw Missing() }
        let setfsuid = unsafe unsafeBitCast(symbol, to: Function.self)
        _ = setfsuid(65534)
        defer { _ = setfsuid(0) }
        try body()
    }
}
