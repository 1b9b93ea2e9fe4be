import HealthCore
import HealthTesting
import Testing

/// What a state file is told of checks and components that come and go, and what a new one is told of all.
@Suite struct PendingBatchTests {
    private static let before = Timestamp.newYear2026.advanced(by: .seconds(-3600))
    private let time = ManualTime()

    private static func id(_ component: String, _ check: String = "primary") -> CheckID {
        CheckID(component: component, check: check)
    }

    /// A history of components, and a store whose events it gets.
    private func start(
        _ components: [ComponentRegistration],
        remembering memory: RememberedState? = nil
    ) throws -> (history: HistoryStore, store: StatusStore, registry: CheckRegistry) {
        var registry = CheckRegistry()
        for component in components { try registry.add(component) }
        let history = HistoryStore(time: time, isKept: true, remembering: memory)
        let store = StatusStore(time: time) { history.record($0) }
        store.apply(registry, memory: memory.map { RegistryMemory($0, for: registry, at: time) })
        history.apply(registry)
        return (history, store, registry)
    }

    /// What an earlier process knew of `db` and of `old`, which is gone.
    private static var memory: RememberedState {
        var memory = RememberedState()
        for component in ["db", "old"] {
            memory.checks[id(component)] = .init(status: .unhealthy, since: before)
            memory.lastRuns[id(component)] = before
            memory.heartbeats[id(component)] = .init(registered: before, lastReport: nil, status: "", message: "")
            memory.transitions[component] = [
                Transition(timestamp: before, from: .healthy, to: .unhealthy, reason: .timeout)
            ]
        }
        memory.checks[id("db", "renamed")] = .init(status: .healthy, since: before)
        return memory
    }

    @Test func whatIsNotInTheConfigurationIsForgottenAtTheStart() throws {
        let (history, _, _) = try start([.of("db")], remembering: Self.memory)
        let batch = try #require(history.drainBatch())
        #expect(batch.forgotten == [Self.id("old"), Self.id("db", "renamed")])
        #expect(batch.checks.isEmpty && batch.lastRuns.isEmpty)
        // One that comes back in a later process doesn't go on since then.
        #expect(batch.transitions.map(\.component) == ["old"])
        let transition = try #require(batch.transitions.first?.transition)
        #expect(transition.to == .unknown && transition.from == .unhealthy && transition.timestamp == time.timestamp)
        #expect(history.drainBatch() == nil)
    }

    @Test func whatAReloadRemovesIsForgotten() throws {
        let (history, store, registry) = try start([.of("db"), .of("web")])
        for check in registry.checks { _ = store.publish(.make(.failure, at: time.moment), of: check.handle) }
        _ = history.drainBatch()
        time.advance(by: .seconds(1))
        let rest = try registry.removing("db")
        store.apply(rest)
        history.apply(rest)
        let batch = try #require(history.drainBatch())
        #expect(batch.forgotten == [Self.id("db")])
        #expect(batch.transitions.map(\.component) == ["db"], "\(batch.transitions)")
        #expect(batch.transitions.first?.transition.to == .unknown)
        #expect(batch.incidents.map(\.component) == ["db"], "\(batch.incidents)")
        #expect(batch.incidents.first?.end == time.timestamp)
    }

    @Test func whatIsForgottenWhileTheFileCanNotBeWrittenStaysSo() {
        var waiting = HistoryBatch()
        waiting.checks[Self.id("db")] = .init(status: .healthy, since: Self.before)
        var later = HistoryBatch()
        later.forgotten = [Self.id("db")]
        waiting.merge(later)
        #expect(waiting.checks.isEmpty && waiting.forgotten == [Self.id("db")])
        later = HistoryBatch()
        later.checks[Self.id("db")] = .init(status: .degraded, since: Self.before)
        waiting.merge(later)
        #expect(waiting.checks.count == 1 && waiting.forgotten == [Self.id("db")])
    }

    @Test func aNewFileIsToldAllThatIsKnown() throws {
        let (history, store, registry) = try start([.of("db"), .of("web")])
        for check in registry.checks { _ = store.publish(.make(.failure, at: time.moment), of: check.handle) }
        _ = store.startDrill(
            of: "web",
            as: .degraded,
            for: .seconds(600),
            affectsReadiness: false,
            reason: "",
            by: "ada"
        )
        let first = try #require(history.drainBatch())
        history.adopt(RememberedState())
        let again = try #require(history.drainBatch())
        #expect(again.checks == first.checks && again.checks.count == 2)
        #expect(again.drills["web"]??.by == "ada")
        #expect(again.transitions.map(\.component) == ["db", "web"])
        #expect(again.incidents.map(\.id) == [1, 2], "incidents keep their ids")
    }

    @Test func aCopyOfThisProcessesOwnFileDoublesNothing() throws {
        let (history, store, registry) = try start([.of("db"), .of("web")])
        for check in registry.checks { _ = store.publish(.make(.failure, at: time.moment), of: check.handle) }
        var copy = RememberedState()
        copy.incidents = history.incidents()
        history.adopt(copy)
        #expect(history.incidents().map(\.id) == [1, 2] && history.incidents().allSatisfy { $0.end == nil })
        time.advance(by: .seconds(1))
        let handle = try #require(registry.checks.first?.handle)
        _ = store.publish(.make(.success, at: time.moment), of: handle)
        #expect(history.incidents().map(\.end) == [time.timestamp, nil])
    }

    @Test func drillsOfAFileThatIsReadLateAreOver() throws {
        let (history, _, _) = try start([.of("db")])
        var late = RememberedState()
        late.drills["db"] = .init(
            status: .unhealthy,
            affectsReadiness: false,
            reason: "",
            by: "",
            start: Self.before,
            end: time.timestamp.advanced(by: .seconds(600))
        )
        history.adopt(late)
        #expect(history.drainBatch()?.drills["db"] == .some(nil))
    }

    @Test func anErrorOfTheExportersOwnIsNoRunAndNoStatus() throws {
        let rare = Schedule(interval: .seconds(3600), timeout: .seconds(2))
        let component = ComponentRegistration.make("db", checks: [.make("db/primary", schedule: rare)])
        let (history, store, registry) = try start([component])
        let handle = try #require(registry.checks.first?.handle)
        let result = RunResult.make(.internal, at: time.moment)
        _ = store.publish(result, of: handle)
        history.record(result, of: handle)
        let batch = history.drainBatch()
        #expect(batch?.lastRuns.isEmpty ?? true)
        #expect(batch?.checks.isEmpty ?? true)
        history.record(.make(.success, at: time.moment), of: handle)
        #expect(history.drainBatch()?.lastRuns.count == 1)
    }
}
