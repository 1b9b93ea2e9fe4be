import FoundationEssentials
import HealthCore
import HealthTesting
import StateFile
import Testing

/// Files whose content is not what was written.
@Suite struct StateFileDamageTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// A file of some hundred pages, closed.
    private static let filled = Result {
        let folder = try TemporaryFolder()
        let file = try StateFile(path: folder.file)
        let names = (0..<100).map { "component-\($0)" }
        for step in 0..<12 as Range<Int64> {
            try file.write(
                StateSample.batch(names, minute: StateSample.minute + step * 7, incident: 1 + step * 100)
            )
        }
        file.close()
        return try folder.read()
    }

    private func fill() throws {
        try folder.write(try Self.filled.get())
        try folder.write("closed\n".utf8, to: "state.db.lock")
    }

    private func overwrite(table: String) throws {
        let page = try SQLiteConnection(folder.file, .readOnly).integer(
            "SELECT rootpage FROM sqlite_schema WHERE name = ?",
            [.text(table)]
        )
        let start = (Int(try #require(page)) - 1) * 4096
        var bytes = try folder.read()
        bytes.replaceSubrange(start..<(start + 4096), with: repeatElement(0xA5, count: 4096))
        try folder.write(bytes)
    }

    private var damaged: [String] { get throws { try folder.names.filter { $0.contains("damaged") } } }

    @Test func afterACrashADamagedFileIsMovedAside() throws {
        try fill()
        try overwrite(table: "success_hour")
        try FileManager.default.removeItem(atPath: folder.file + ".lock")
        let content = try folder.read()
        let file = try StateFile(path: folder.file, now: StateSample.now)
        #expect(file.movedAside == folder.file + ".damaged-20261201T140000Z")
        #expect(try folder.read("state.db.damaged-20261201T140000Z") == content)
        try file.write(StateSample.batch(["api"]))
        #expect(try file.hours().count == 1)
    }

    @Test func atMostThreeAreKeptAndNoneIsDeleted() throws {
        for round in 0..<4 {
            try fill()
            try overwrite(table: "incident")
            try FileManager.default.removeItem(atPath: folder.file + ".lock")
            #expect(StateFile.problem(opening: folder.file) == (round < 3 ? nil : .damaged))
            if round < 3 { try FileManager.default.removeItem(atPath: folder.file) }
        }
        #expect(try damaged.count { $0.hasSuffix("Z") || $0.hasSuffix("-again") } == 3)
        #expect(try folder.names.contains("state.db"))
    }

    @Test(arguments: [2, 3, 5])
    func aFileThatIsCutOffIsMovedAside(parts: Int) throws {
        try fill()
        let bytes = try folder.read()
        try folder.write(bytes.prefix(bytes.count / parts))
        try FileManager.default.removeItem(atPath: folder.file + ".lock")
        #expect(try StateFile(path: folder.file).movedAside != nil)
    }

    @Test func loadingReplacesWhatItCanNotRead() throws {
        try fill()
        try overwrite(table: "check_state")
        let file = try StateFile(path: folder.file)
        #expect(file.movedAside == nil)
        #expect(try file.load(now: StateSample.now).checks.isEmpty)
        #expect(file.movedAside != nil)
        try file.write(StateSample.batch(["api"]))
        #expect(try file.load(now: StateSample.now).checks.count == 1)
    }

    @Test(arguments: [true, false])
    func writingReportsDamageAndTheFileIsReplaced(isReopened: Bool) throws {
        try fill()
        try overwrite(table: "success_hour")
        var file: StateFile? = try StateFile(path: folder.file)
        #expect(try file?.load(now: StateSample.now).checks.count == 100)
        #expect(kind { () throws(StateFileProblem) in try file?.write(StateSample.batch(["api"])) } == .damaged)
        if isReopened {
            file = nil
            file = try StateFile(path: folder.file)
        } else {
            try file?.replaceDamaged(now: StateSample.now)
        }
        #expect(file?.movedAside != nil)
        try file?.write(StateSample.batch(["api"]))
        #expect(try file?.hours() == ["api \(StateSample.hour) 3 0"])
        let count = try damaged.count { !$0.hasSuffix("-wal") && !$0.hasSuffix("-shm") }
        #expect(count == 1)
    }

    @Test func aFileWithOtherTablesIsMovedAside() throws {
        try folder.write([])
        try SQLiteConnection(folder.file, .readWrite).execute(
            "CREATE TABLE component(a); PRAGMA user_version = 1; PRAGMA application_id = \(StateSchema.applicationID)"
        )
        let file = try StateFile(path: folder.file)
        #expect(file.movedAside != nil)
        try file.write(StateSample.batch(["api"]))
    }

    @Test func rowsThatNobodyWroteAreLeftOut() throws {
        let first = try StateFile(path: folder.file)
        try first.write(StateSample.batch(["api", "other"]))
        first.close()
        try SQLiteConnection(folder.file, .readWrite).execute(
            """
            UPDATE success_hour SET good = -5, bad = 99999999999;
            INSERT INTO success_hour VALUES(-9223372036854775808, 1, 1, 1), (9223372036854775807, 1, 1, 1), (5, 77, 1, 1);
            UPDATE transition SET reason = 'of_the_future' WHERE component = 1;
            UPDATE transition SET to_status = 'of_the_future' WHERE component = 2;
            UPDATE check_state SET status = 'of_the_future' WHERE component = 1;
            UPDATE incident SET roots = '[1, {"a', end_ns = -1 WHERE id = 1;
            UPDATE incident SET id = 9223372036854775807 WHERE id = 2;
            UPDATE drill SET status = 'healthy';
            """
        )
        let file = try StateFile(path: folder.file)
        let state = try file.load(now: StateSample.now)
        #expect(try file.hours() == ["api \(StateSample.hour) 0 4294967295", "other \(StateSample.hour) 0 4294967295"])
        #expect(state.transitions.count == 1 && state.transitions["api"]?.first?.reason == nil)
        #expect(state.checks.keys.map(\.component) == ["other"])
        #expect(state.incidents.map(\.id) == [1] && state.incidents[0].roots.isEmpty)
        #expect(state.incidents[0].end == state.incidents[0].start)
        #expect(state.drills.isEmpty)
        try file.write(StateSample.batch(["api"], minute: StateTime.minutes.upperBound - 100, incident: 50))
        try file.prune(now: StateSample.now)
    }

    @Test(arguments: 0..<30 as Range<UInt64>)
    func garbageIsReportedOrRead(seed: UInt64) throws {
        let original = try Self.filled.get()
        var random = SeededGenerator(seed: seed)
        for round in 0..<10 {
            var bytes = original
            for _ in 0..<(1 << Int.random(in: 0..<9, using: &random)) {
                let start = Int.random(in: bytes.indices, using: &random)
                let length = random.oneIn(4) ? Int.random(in: 1..<200, using: &random) : 1
                for index in start..<min(start + length, bytes.count) {
                    bytes[index] = UInt8.random(in: 0...255, using: &random)
                }
            }
            let part = try TemporaryFolder()
            try part.write(bytes)
            if round % 2 == 0 { try part.write("closed\n".utf8, to: "state.db.lock") }
            _ = kind { () throws(StateFileProblem) in _ = try StateFile.check(path: part.file) }
            _ = kind { () throws(StateFileProblem) in try StateFile.export(path: part.file) { _ in } }
            guard let file = try? StateFile(path: part.file) else { continue }
            _ = kind { () throws(StateFileProblem) in try file.forEachHour(since: .min) { _, _, _ in } }
            _ = kind { () throws(StateFileProblem) in try file.forEachMinute(since: 0) { _, _, _ in } }
            _ = kind { () throws(StateFileProblem) in _ = try file.load(now: StateSample.now) }
            _ = kind { () throws(StateFileProblem) in
                try file.write(StateSample.batch(["api", "component-1"], incident: 4000))
            }
            _ = kind { () throws(StateFileProblem) in try file.prune(now: StateSample.now) }
        }
    }
}
