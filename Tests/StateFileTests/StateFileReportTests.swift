import FoundationEssentials
import HealthCore
import StateFile
import Testing

/// What people are told of a file.
@Suite struct StateFileReportTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func lines(_ path: String) throws -> [String] {
        var lines: [String] = []
        try StateFile.export(path: path) { lines.append($0) }
        return lines
    }

    @Test func theReportCountsRowsAndNamesDamage() throws {
        let file = try StateFile(path: folder.file)
        try file.write(StateSample.batch(["a", "b"]))
        let report = try StateFile.check(path: folder.file)
        #expect(report.isSound && report.version == 1 && report.bytes >= 4096 && report.logBytes > 0)
        #expect(report.tables.map(\.rows) == Array(repeating: 2, count: 9))
        #expect(report.oldest?.rfc3339 == "2026-12-01T14:00:00.000Z" && report.newest == report.oldest)
        #expect(report.description.hasSuffix("drill: 2 rows\ncheck: ok"))
        file.close()
        var bytes = try folder.read()
        bytes.replaceSubrange(12_288..<(bytes.count - 4096), with: repeatElement(0x5A, count: bytes.count - 16_384))
        try folder.write(bytes)
        let damaged = try StateFile.check(path: folder.file)
        #expect(!damaged.isSound && damaged.description.contains("damaged: "))
    }

    @Test func theExportHasEverythingInLinesOfJSON() throws {
        let file = try StateFile(path: folder.file)
        try file.write(StateSample.batch(["b", "a"]))
        let lines = try lines(folder.file)
        #expect(lines.count == 17)
        #expect(lines[0] == #"{"type":"state","version":1}"#)
        #expect(lines[1] == #"{"type":"minute","minute":"2026-12-01T14:00:00Z","component":"a","good":3,"bad":1}"#)
        #expect(lines[3] == #"{"type":"hour","hour":"2026-12-01T14:00:00Z","component":"a","good":3,"bad":1}"#)
        #expect(
            lines[5]
                == #"{"type":"transition","component":"b","at":"2026-12-01T14:00:00.123456789Z","from":"healthy","to":"unhealthy","reason":"connect_refused"}"#
        )
        #expect(
            lines[7]
                == #"{"type":"incident","id":1,"component":"b","start":"2026-12-01T14:00:00.000000000Z","end":null,"worst":"unhealthy","reason":"timeout","drill":false,"maintenance":false,"roots":["database","a \"quoted\"\n\u0001root"]}"#
        )
        #expect(lines[9].hasPrefix(#"{"type":"check_state","component":"a","check":"http","status":"degraded""#))
        #expect(lines[13].hasPrefix(#"{"type":"heartbeat","component":"a""#))
        #expect(lines[15].hasPrefix(#"{"type":"drill","component":"a","status":"unhealthy","affects_readiness":false"#))
        for line in lines { #expect(!line.contains("\n")) }
    }

    @Test func aBackupHasTheSameContentAndCanBeUsed() throws {
        let file = try StateFile(path: folder.file)
        try file.write(StateSample.batch(["a", "b"]))
        let copy = folder.path + "/a copy?.db"
        try StateFile.backup(path: folder.file, to: copy)
        #expect(try lines(copy) == lines(folder.file))
        #expect(
            kind { () throws(StateFileProblem) in try StateFile.backup(path: folder.file, to: copy) } == .unavailable
        )
        let missing = folder.path + "/none/copy.db"
        #expect(
            kind { () throws(StateFileProblem) in try StateFile.backup(path: folder.file, to: missing) } == .unavailable
        )
        try StateFile(path: copy).write(StateSample.batch(["a"], incident: 9))
        #expect(try lines(copy).count > lines(folder.file).count)
    }
}
