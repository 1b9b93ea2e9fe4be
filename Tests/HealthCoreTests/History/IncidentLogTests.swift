import HealthCore
import HealthTesting
import Synchronization
import Testing

/// Incidents from what a status store reports.
@Suite struct IncidentLogTests {
    /// A store whose events make incidents.
    private struct Stage {
        let time = ManualTime()
        let store: StatusStore
        let history: HistoryStore
        let registry: CheckRegistry

        init(_ components: [ComponentRegistration], memory: RememberedState? = nil) throws {
            var registry = CheckRegistry()
            for component in components { try registry.add(component) }
            let history = HistoryStore(time: time, isKept: true, remembering: memory)
            store = StatusStore(time: time) { history.record($0) }
            (self.history, self.registry) = (history, registry)
            history.apply(registry)
            let memory = memory.map {
                RegistryMemory($0, for: registry, at: time)
            }
            store.apply(registry, memory: memory)
        }

        func publish(_ kind: ResultKind, _ id: String) {
            time.advance(by: .seconds(1))
            guard let check = registry.checks.first(where: { "\($0.registration.id)" == id }) else { return }
            _ = store.publish(.make(kind, at: time.moment), of: check.handle)
        }

        func drill(_ component: String) {
            _ = store.startDrill(
                of: component,
                as: .unhealthy,
                for: .seconds(900),
                affectsReadiness: false,
                reason: "",
                by: ""
            )
        }

        /// Component, worst status, whether it is over, and more.
        var incidents: [String] {
            history.incidents().map { incident in
                var words = [incident.component, incident.worst.rawValue, incident.end == nil ? "goes on" : "over"]
                if incident.isDrill { words.append("drill") }
                if !incident.roots.isEmpty { words.append("by \(incident.roots.joined(separator: "+"))") }
                return words.joined(separator: " ")
            }
        }
    }

    @Test func lastsFromTheFirstStatusThatIsNotHealthyToTheNextThatIs() throws {
        let stage = try Stage([.of("db")])
        stage.publish(.success, "db/primary")
        #expect(stage.incidents.isEmpty)
        stage.publish(.degraded, "db/primary")
        stage.publish(.failure, "db/primary")
        #expect(stage.incidents == ["db unhealthy goes on"])
        stage.publish(.success, "db/primary")
        let incident = try #require(stage.history.incidents().first)
        #expect(incident.reason == .connectRefused && incident.worst == .unhealthy)
        #expect(incident.start.duration(to: try #require(incident.end)) == .seconds(2))
        stage.publish(.failure, "db/primary")
        #expect(stage.incidents == ["db unhealthy over", "db unhealthy goes on"])
        #expect(stage.history.incidents().map(\.id) == [1, 2])
    }

    @Test func namesTheRootsThatSuppressIt() throws {
        let stage = try Stage([.of("app", needs: ["db"]), .of("db")])
        for id in ["app/primary", "db/primary"] { stage.publish(.success, id) }
        stage.publish(.failure, "app/primary")
        stage.publish(.failure, "db/primary")
        #expect(stage.incidents == ["app unhealthy goes on by db", "db unhealthy goes on"])
    }

    @Test func isADrillOnlyWhileNoCheckFails() throws {
        let stage = try Stage([.of("db"), .of("web")])
        for id in ["db/primary", "web/primary"] { stage.publish(.success, id) }
        stage.drill("db")
        stage.drill("web")
        #expect(stage.incidents == ["db unhealthy goes on drill", "web unhealthy goes on drill"])
        stage.publish(.failure, "db/primary")
        _ = stage.store.endDrill(of: "web")
        #expect(stage.incidents == ["db unhealthy goes on", "web unhealthy over drill"])
    }

    @Test func endsWithItsComponent() throws {
        let stage = try Stage([.of("db"), .of("web")])
        stage.publish(.failure, "db/primary")
        let rest = try stage.registry.removing("db")
        stage.history.apply(rest)
        stage.store.apply(rest)
        #expect(stage.incidents == ["db unhealthy over"])
    }

    @Test func goesOnAfterARestartUntilTheFirstHealthyResult() throws {
        var memory = RememberedState()
        let start = Timestamp.newYear2026.advanced(by: .seconds(-7200))
        memory.incidents = [
            Incident(id: 7, component: "db", start: start, worst: .unhealthy, reason: .timeout),
            Incident(id: 8, component: "web", start: start, worst: .degraded, reason: .tooSlow),
        ]
        let stage = try Stage([.of("db"), .of("web")], memory: memory)
        stage.publish(.failure, "db/primary")
        stage.publish(.success, "web/primary")
        #expect(stage.incidents == ["db unhealthy goes on", "web degraded over"])
        #expect(stage.history.incidents().map(\.start) == [start, start])
        stage.publish(.failure, "web/primary")
        #expect(stage.history.incidents().map(\.id) == [7, 8, 9])
    }

    @Test func dropsTheOldestThatAreOver() throws {
        let start = Timestamp.newYear2026
        var memory = RememberedState()
        memory.incidents = (1...10_000).map { id in
            let end = id == 1 ? nil : start.advanced(by: .seconds(1))
            return Incident(id: Int64(id), component: "c\(id)", start: start, end: end, worst: .degraded, reason: nil)
        }
        let stage = try Stage([.of("db"), .of("c1")], memory: memory)
        stage.publish(.failure, "db/primary")
        let ids = stage.history.incidents().map(\.id)
        #expect(ids.count == 9000 && ids.first == 1 && ids.last == 10_001)
    }

    @Test func aBatchHasWhatChangedAndIsMergedWithTheNextOneWhenItCouldNotBeWritten() throws {
        let stage = try Stage([.of("db")])
        stage.publish(.success, "db/primary")
        let handle = try #require(stage.registry.checks.first?.handle)
        stage.history.record(.make(.success, at: .seconds(1)), of: handle)
        let first = try #require(stage.history.drainBatch())
        #expect(first.counts.values.map { $0 } == [SuccessCount(good: 1, bad: 0)])
        #expect(first.transitions.map(\.transition.to) == [.healthy])
        #expect(first.checks.values.map(\.status) == [.healthy])
        #expect(stage.history.drainBatch() == nil)
        stage.publish(.failure, "db/primary")
        stage.drill("db")
        stage.history.record(.make(.failure, at: .seconds(2)), of: handle)
        stage.history.restore(first)
        let both = try #require(stage.history.drainBatch())
        #expect(both.counts.values.map { $0 } == [SuccessCount(good: 1, bad: 1)])
        #expect(both.transitions.map(\.transition.to) == [.healthy, .unhealthy])
        #expect(both.checks.values.map(\.status) == [.unhealthy])
        #expect(both.incidents.map(\.worst) == [.unhealthy])
        #expect(both.drills["db"]??.status == .unhealthy)
        _ = stage.store.endDrill(of: "db")
        #expect(stage.history.drainBatch()?.drills["db"] == .some(nil))
    }

    @Test func isBoundedAlsoWhenNothingIsWritten() throws {
        let time = ManualTime()
        let registry = try CheckRegistry.make(.of("db"))
        let history = HistoryStore(time: time)
        let store = StatusStore(time: time) { history.record($0) }
        history.apply(registry)
        store.apply(registry)
        let handle = try #require(registry.checks.first?.handle)
        for number in 0..<(2 * (IncidentLog.maximum + 100)) {
            time.advance(by: .seconds(1))
            _ = store.publish(.make(number % 2 == 0 ? .failure : .success, at: time.moment), of: handle)
        }
        let incidents = history.incidents()
        #expect(incidents.count <= IncidentLog.maximum && incidents.last?.id == Int64(IncidentLog.maximum + 100))
    }

    @Test func aFileThatIsReadLateKeepsItsIncidentsAndThoseOfThisProcessGetNewIDs() throws {
        let stage = try Stage([.of("db"), .of("web"), .of("mail")])
        for id in ["db/primary", "web/primary", "mail/primary"] { stage.publish(.failure, id) }
        stage.publish(.success, "web/primary")
        _ = stage.history.drainBatch()
        let start = Timestamp.newYear2026.advanced(by: .seconds(-60))
        var late = RememberedState()
        late.incidents = [
            Incident(id: 1, component: "db", start: start, worst: .degraded, reason: .tooSlow),
            Incident(id: 2, component: "old", start: start, worst: .unhealthy, reason: .timeout),
            Incident(id: 3, component: "web", start: start, end: start, worst: .unhealthy, reason: .timeout),
        ]
        stage.history.adopt(late)
        #expect(
            stage.incidents == [
                "db degraded over", "old unhealthy over", "web unhealthy over", "db unhealthy goes on",
                "web unhealthy over", "mail unhealthy goes on",
            ]
        )
        #expect(stage.history.incidents().map(\.id) == [1, 2, 3, 4, 5, 6])
        // Nobody knows of an outage beyond the start of this process.
        #expect(stage.history.incidents().prefix(2).map(\.end) == [.newYear2026, .newYear2026])
        // What ended by that and all of this process is written.
        #expect(stage.history.drainBatch()?.incidents.map(\.id) == [1, 2, 4, 5, 6])
        stage.publish(.success, "mail/primary")
        #expect(stage.history.drainBatch()?.incidents.map(\.id) == [6])
    }

    @Test func whatWaitsForAFileIsBoundedAndKeepsItsSums() throws {
        let stage = try Stage([.of("db")])
        let handle = try #require(stage.registry.checks.first?.handle)
        let minutes = HistoryBatch.maximumCounts + 10
        for minute in 0..<minutes {
            stage.history.record(.make(.success, at: .seconds(Double(minute) * 60)), of: handle)
        }
        let counts = try #require(stage.history.drainBatch()).counts
        // By hour where there were too many minutes; nothing is lost.
        #expect(counts.count < 2000 && counts.values.reduce(0) { $0 + Int($1.good) } == minutes)
    }
}
