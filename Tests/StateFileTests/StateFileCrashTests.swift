import FoundationEssentials
import HealthCore
import HealthTesting
import StateFile
import Testing

/// What a process leaves that is killed, and what others see meanwhile.
@Suite struct StateFileCrashTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// The files as they are at this moment, as a killed process would leave them; of the log only a part, when that is wanted.
    private func crash(keepingOfLog size: Int? = nil) throws -> TemporaryFolder {
        let copy = try TemporaryFolder()
        for name in try folder.names where name != "state.db.lock" {
            try folder.copy(name, to: "\(copy.path)/\(name)")
        }
        if let size { try copy.write(try copy.read("state.db-wal").prefix(size), to: "state.db-wal") }
        return copy
    }

    /// Each batch has an incident of ten components with ten transitions: a part of them is never seen.
    private func expectWhole(_ copy: TemporaryFolder, _ batches: ClosedRange<Int>) throws {
        let file = try StateFile(path: copy.file)
        #expect(file.movedAside == nil)
        let state = try file.load(now: StateSample.now)
        #expect(state.incidents.count % 10 == 0)
        #expect(batches.contains(state.incidents.count / 10), "\(state.incidents.count)")
        let report = try StateFile.check(path: copy.file)
        #expect(report.isSound, "\(report)")
        #expect(report.tables.first { $0.name == "transition" }?.rows == Int64(state.incidents.count))
        #expect(try file.minutes().count == state.incidents.count)
    }

    @Test func everyCopyDuringWritesIsWhole() throws {
        let file = try StateFile(path: folder.file)
        let names = (0..<10).map { "c\($0)" }
        var random = SeededGenerator(seed: 4)
        for step in 0..<100 {
            try file.write(
                StateSample.batch(names, minute: StateSample.minute + Int64(step), incident: Int64(step * 10 + 1))
            )
            let size = try folder.read("state.db-wal").count
            if step < 30 {
                // Torn at any byte.
                try expectWhole(try crash(keepingOfLog: Int.random(in: 0...size, using: &random)), 0...(step + 1))
            } else if step % 2 == 0 {
                try expectWhole(try crash(), (step + 1)...(step + 1))
            } else {
                // In the middle of a transaction that is so large that a part of it is in the log already.
                let other = try SQLiteConnection(folder.file, .readWrite)
                try other.execute("PRAGMA cache_size = 2; PRAGMA cache_spill = 1; BEGIN IMMEDIATE")
                try other.execute(
                    """
                    WITH RECURSIVE n(i) AS (SELECT 1000000 UNION ALL SELECT i + 1 FROM n WHERE i < 1005000)
                    INSERT INTO incident SELECT i, 1, i, NULL, 'unhealthy', NULL, 0, 0, NULL FROM n
                    """
                )
                #expect(try folder.read("state.db-wal").count > size || step > 40)
                try expectWhole(try crash(), (step + 1)...(step + 1))
                try other.execute("ROLLBACK")
            }
        }
    }

    @Test func readersSeeOneMomentWhileItIsWritten() throws {
        let file = try StateFile(path: folder.file)
        try file.write(StateSample.batch(["a"]))
        let reader = try SQLiteConnection(folder.file, .readOnly)
        try reader.execute("BEGIN")
        #expect(try reader.integer("SELECT count(*) FROM incident") == 1)
        for id in 2...50 as ClosedRange<Int64> {
            try file.write(StateSample.batch(["a"], minute: StateSample.minute + id, incident: id))
        }
        try file.prune(now: StateSample.now)
        #expect(try reader.integer("SELECT count(*) FROM incident") == 1)
        try reader.execute("COMMIT")
        #expect(try reader.integer("SELECT count(*) FROM incident") == 50)
    }

    @Test func anEmptyFileIsBegun() throws {
        try folder.write([])
        let file = try StateFile(path: folder.file)
        #expect(file.movedAside == nil)
        try file.write(StateSample.batch(["a"]))
        file.close()
        #expect(try StateFile(path: folder.file).hours().count == 1)
    }
}
