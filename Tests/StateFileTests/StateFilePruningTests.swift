import HealthCore
import StateFile
import Testing

/// What is deleted, and what is not.
@Suite struct StateFilePruningTests {
    private let file: StateFile
    private let folder: TemporaryFolder
    private let minute = StateSample.minute

    init() throws {
        folder = try TemporaryFolder()
        file = try StateFile(path: folder.file)
    }

    /// As often as a pruning in parts may need.
    private func prune(_ now: Timestamp = StateSample.now) throws {
        for _ in 0..<30 { try file.prune(now: now) }
    }

    @Test func minutesGoAfterTwoDaysAndHoursAfter400() throws {
        let limit = minute - 400 * 24 * 60
        try file.write(
            StateSample.counts(
                "api",
                [
                    minute: .init(good: 1), minute - 48 * 60: .init(good: 2), minute - 48 * 60 - 1: .init(good: 3),
                    limit: .init(good: 4), limit - 60: .init(good: 5), minute + 9_000_000: .init(good: 6),
                ]
            )
        )
        try prune()
        #expect(try file.minutes().map { $0.split(separator: " ")[2] } == ["2", "1", "6"])
        #expect(try file.hours().map { $0.split(separator: " ")[2] } == ["4", "3", "2", "1", "6"])
    }

    @Test func transitionsAndIncidentsGoByAgeAndThoseThatGoOnStay() throws {
        var batch = HistoryBatch()
        let (old, older) = (StateSample.days(400), StateSample.days(401))
        batch.transitions = [StateSample.transition("api", at: older), StateSample.transition("api", at: old)]
        batch.incidents = [
            StateSample.incident(1, "api", start: older, end: older), StateSample.incident(2, "api", start: older),
            StateSample.incident(3, "api", start: older, end: old),
        ]
        try file.write(batch)
        try prune()
        let state = try file.load(now: StateSample.now)
        #expect(state.transitions["api"]?.map(\.timestamp) == [old])
        #expect(state.incidents.map(\.id) == [2, 3])
    }

    @Test func aThousandOfEachComponentAreKept() throws {
        var batch = HistoryBatch()
        for index in 0..<1010 as Range<Int64> {
            batch.transitions.append(StateSample.transition("api", at: StateSample.time(minute, nanoseconds: index)))
            batch.incidents.append(
                StateSample.incident(index + 1, "api", end: index == 0 ? nil : StateSample.now)
            )
        }
        batch.transitions.append(StateSample.transition("other", at: StateSample.now))
        try file.write(batch)
        try file.prune(now: StateSample.now)
        let report = try StateFile.check(path: folder.file)
        #expect(report.tables.first { $0.name == "transition" }?.rows == 1001)
        #expect(report.tables.first { $0.name == "incident" }?.rows == 1001)
        #expect(try file.load(now: StateSample.now).incidents.prefix(2).map(\.id) == [1, 11])
    }

    @Test func aClockFarInTheFutureDeletesNothing() throws {
        try file.write(StateSample.batch(["api"]))
        try prune(StateSample.now.advanced(by: .seconds(86_400 * 401)))
        #expect(try file.hours().count == 1 && file.minutes().count == 1)
        #expect(try file.load(now: StateSample.now).transitions.count == 1)
        try prune(.distantFuture)
        try prune(.distantPast)
        #expect(try file.hours().count == 1)
    }

    @Test func aWrongClockThatWritesCostsOnlyTheOldestDays() throws {
        var counts: [Int64: SuccessCount] = [:]
        for hour in 0..<(100 * 24) as Range<Int64> { counts[minute - hour * 60] = .init(good: 1) }
        // A year after the next but one.
        counts[minute + 800 * 24 * 60] = .init(good: 1)
        try file.write(StateSample.counts("api", counts))
        try file.prune(now: StateSample.now.advanced(by: .seconds(86_400 * 800)))
        #expect(try file.hours().count >= 98 * 24)
    }

    @Test func namesOfComponentsThatAreGoneAreDropped() throws {
        let later = minute + 402 * 24 * 60
        var gone = StateSample.batch(["gone", "here"])
        for index in gone.incidents.indices { gone.incidents[index].end = StateSample.now }
        try file.write(gone)
        try file.write(StateSample.counts("here", [later: .init(good: 1)]))
        try prune(StateSample.time(later))
        let state = try file.load(now: .distantPast)
        #expect(state.checks.keys.map(\.component) == ["here"])
        #expect(state.heartbeats.count == 1 && state.lastRuns.count == 1)
        #expect(try StateFile.check(path: folder.file).tables.first?.rows == 1)
        // A new component of the name has nothing of the old one.
        try file.write(StateSample.counts("gone", [later: .init(bad: 1)]))
        #expect(try file.hours() == ["here \(later / 60) 1 0", "gone \(later / 60) 0 1"])
    }

    @Test func freePagesAreGivenBack() throws {
        var batch = HistoryBatch()
        for component in 0..<2000 {
            for step in 0..<60 as Range<Int64> {
                batch.counts[.init(component: "c\(component)", number: minute - 49 * 60 + step)] = .init(
                    good: 500,
                    bad: 500
                )
            }
        }
        try file.write(batch)
        try file.write(StateSample.counts("api", [minute: .init(good: 1)]))
        try prune()
        let report = try StateFile.check(path: folder.file)
        #expect(report.freeBytes <= 256 * 4096)
        #expect(try file.minutes().count == 1)
    }
}
