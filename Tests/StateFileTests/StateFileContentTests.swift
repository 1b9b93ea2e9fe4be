import HealthCore
import StateFile
import Testing

/// What is written is read again.
@Suite struct StateFileContentTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func everythingIsReadAgainAfterARestart() throws {
        let names = ["api", "database", "ärger \"x\"\u{0}y", ""]
        let batch = StateSample.batch(names)
        let first = try StateFile(path: folder.file)
        try first.write(batch)
        first.close()
        let file = try StateFile(path: folder.file)
        #expect(file.movedAside == nil)
        let state = try file.load(now: StateSample.now)
        #expect(state.checks == batch.checks)
        #expect(state.lastRuns == batch.lastRuns)
        #expect(state.heartbeats == batch.heartbeats)
        #expect(state.drills == batch.drills.compactMapValues { $0 })
        #expect(state.incidents == batch.incidents)
        for item in batch.transitions { #expect(state.transitions[item.component] == [item.transition]) }
        #expect(try file.hours().count == 4)
        #expect(try file.minutes().sorted().last == "ärger \"x\"\u{0}y \(StateSample.minute) 3 2")
    }

    @Test func countsAreAddedAndOtherThingsReplaced() throws {
        let file = try StateFile(path: folder.file)
        let minute = StateSample.minute
        try file.write(StateSample.counts("api", [minute: .init(good: 1, bad: 2), minute + 1: .init(good: 10)]))
        try file.write(StateSample.counts("api", [minute: .init(good: 4, bad: 0), minute + 60: .init(bad: 1)]))
        #expect(try file.minutes() == ["api \(minute) 5 2", "api \(minute + 1) 10 0", "api \(minute + 60) 0 1"])
        #expect(try file.hours() == ["api \(minute / 60) 15 2", "api \(minute / 60 + 1) 0 1"])
        #expect(try file.minutes(since: minute + 1).count == 2)
        var batch = HistoryBatch()
        batch.incidents = [StateSample.incident(7, "api")]
        batch.drills = StateSample.batch(["api"]).drills
        try file.write(batch)
        batch.incidents[0].end = StateSample.time(minute + 5)
        batch.drills = ["api": RememberedState.Drill?.none]
        try file.write(batch)
        let state = try file.load(now: StateSample.now)
        #expect(state.incidents == batch.incidents)
        #expect(state.drills.isEmpty)
    }

    @Test func sumsStopAtTheLargestNumber() throws {
        let file = try StateFile(path: folder.file)
        for _ in 0..<3 { try file.write(StateSample.counts("api", [StateSample.minute: .init(good: .max, bad: 1)])) }
        #expect(try file.minutes() == ["api \(StateSample.minute) 4294967295 3"])
    }

    @Test func theLastTwentyTransitionsComeOldestFirst() throws {
        let file = try StateFile(path: folder.file)
        var batch = HistoryBatch()
        for step in 0..<30 {
            batch.transitions.append(StateSample.transition("api", at: StateSample.time(Int64(step))))
        }
        try file.write(batch)
        let times = try file.load(now: StateSample.now).transitions["api"]?.map(\.timestamp)
        #expect(times == (10..<30).map { StateSample.time($0) })
    }

    @Test func drillsThatHaveEndedAreReportedToo() throws {
        let file = try StateFile(path: folder.file)
        let batch = StateSample.batch(["api"])
        try file.write(batch)
        let (drill, later) = (try #require(batch.drills["api"]), StateSample.time(StateSample.minute + 60))
        // An incident that was left open ends with it.
        #expect(try file.load(now: later).drills["api"] == drill)
    }

    @Test func incidentsThatGoOnAreNeverPushedOut() throws {
        let file = try StateFile(path: folder.file)
        var batch = HistoryBatch()
        batch.incidents = (1...Int64(IncidentLog.maximum + 5)).map { id in
            StateSample.incident(id, "api", end: id == 2 ? nil : StateSample.now)
        }
        try file.write(batch)
        let incidents = try file.load(now: StateSample.now).incidents
        #expect(incidents.count == IncidentLog.maximum)
        #expect(incidents.prefix(2).map(\.id) == [2, 7])
        #expect(incidents.last?.id == Int64(IncidentLog.maximum + 5))
    }

    @Test func manyRowsComeInOrderAndTheClosureMayWrite() throws {
        let file = try StateFile(path: folder.file)
        var batch = HistoryBatch()
        for hour in 0..<40 as Range<Int64> {
            for component in 0..<500 {
                batch.counts[.init(component: "c\(component)", number: (StateSample.hour + hour) * 60)] = .init(good: 1)
            }
        }
        try file.write(batch)
        var (hours, failures): ([Int64], Int) = ([], 0)
        try file.forEachHour(since: StateSample.hour + 1) { _, hour, _ in
            hours.append(hour)
            if hours.count == 1, kind({ () throws(StateFileProblem) in try file.write(HistoryBatch()) }) != nil {
                failures += 1
            }
        }
        #expect(hours.count == 39 * 500 && hours == hours.sorted() && failures == 0)
    }

    @Test func aBatchThatDoesNotFitLeavesNothing() throws {
        let file = try StateFile(path: folder.file, maximumBytes: 200_000)
        try file.write(StateSample.counts("api", [StateSample.minute: .init(good: 1)]))
        var batch = StateSample.batch(["new"])
        for id in 10..<3000 as Range<Int64> { batch.incidents.append(StateSample.incident(id, "new")) }
        #expect(kind { () throws(StateFileProblem) in try file.write(batch) } == .full)
        #expect(try file.minutes().count == 1)
        let state = try file.load(now: StateSample.now)
        #expect(state.incidents.isEmpty && state.checks.isEmpty && state.transitions.isEmpty)
        // The id of the component that was rolled back is not used any more.
        try file.write(StateSample.batch(["new"]))
        #expect(try file.load(now: StateSample.now).checks.count == 1)
    }

    @Test func theOldestCountsMakeRoomAtTheLimit() throws {
        let file = try StateFile(path: folder.file, maximumBytes: 400_000)
        var hour = StateSample.hour
        for _ in 0..<400 {
            var batch = HistoryBatch()
            for index in 0..<50 {
                batch.counts[.init(component: "c\(index)", number: hour * 60)] = .init(good: 9, bad: 9)
            }
            try file.write(batch)
            hour += 1
        }
        let hours = try file.hours()
        #expect(hours.count < 400 * 50 && hours.count > 100 * 50)
        #expect(hours.last?.contains(" \(hour - 1) ") == true)
        #expect(try StateFile.check(path: folder.file).bytes <= 400_000)
    }

    @Test func theOldestIncidentsAndTransitionsMakeRoomToo() throws {
        let file = try StateFile(path: folder.file, maximumBytes: 400_000)
        let end = StateSample.minute + 20_000
        for number in StateSample.minute..<end {
            var batch = HistoryBatch()
            let (id, time) = (number - StateSample.minute + 1, StateSample.time(number))
            batch.transitions = [StateSample.transition("c\(number % 7)", at: time)]
            batch.incidents = [StateSample.incident(id, "c\(number % 7)", start: time, end: id == 3 ? nil : time)]
            if number % 2 == 0 || number > end - 10 { try file.write(batch) }
        }
        let state = try file.load(now: StateSample.time(end))
        #expect(state.incidents.last?.start == StateSample.time(end - 1))
        #expect(state.incidents.first?.id == 3 || state.incidents.allSatisfy { $0.end != nil })
        #expect(state.transitions.count == 7)
        #expect(try StateFile.check(path: folder.file).bytes <= 400_000)
    }

    @Test func aLowerLimitShrinksTheFile() throws {
        let file = try StateFile(path: folder.file)
        var batch = HistoryBatch()
        for hour in 0..<2000 as Range<Int64> {
            for index in 0..<20 {
                batch.counts[.init(component: "c\(index)", number: StateSample.minute - hour * 60)] = .init(good: 9)
            }
        }
        try file.write(batch)
        file.close()
        let before = try StateFile.check(path: folder.file).bytes
        let smaller = try StateFile(path: folder.file, maximumBytes: before / 2)
        for _ in 0..<3 { try smaller.prune(now: StateSample.now) }
        #expect(try StateFile.check(path: folder.file).bytes <= before / 2)
        #expect(try smaller.hours().last?.contains(" \(StateSample.hour) ") == true)
    }

    @Test func whatIsForgottenGoesBeforeTheRestIsWritten() throws {
        let file = try StateFile(path: folder.file)
        try file.write(StateSample.batch(["api", "web"]))
        var batch = HistoryBatch()
        let (api, web) = (CheckID(component: "api", check: "http"), CheckID(component: "web", check: "http"))
        batch.forgotten = [api, web, CheckID(component: "none", check: "http")]
        batch.checks[web] = .init(status: .healthy, since: StateSample.now)
        try file.write(batch)
        let state = try file.load(now: StateSample.now)
        #expect(Array(state.checks.keys) == [web] && state.lastRuns.isEmpty && state.heartbeats.isEmpty)
    }

    @Test func afterClosingNothingWorksAndTheFileIsWhole() throws {
        let file = try StateFile(path: folder.file)
        try file.write(StateSample.batch(["api"]))
        #expect(file.sizeBytes > 4096)
        file.close()
        file.close()
        #expect(kind { () throws(StateFileProblem) in try file.write(HistoryBatch()) } == .unavailable)
        #expect(kind { () throws(StateFileProblem) in _ = try file.load(now: StateSample.now) } == .unavailable)
        #expect(try folder.names == ["state.db", "state.db.lock"])
    }
}
