import HealthCore
import HealthTesting
import Testing

/// What a process knows of the one before it.
@Suite struct RestartTests {
    private static let before = Timestamp.newYear2026.advanced(by: .seconds(-3600))
    private let time = ManualTime()

    private func memory(_ status: HealthStatus, of check: HealthStatus? = nil) -> RememberedState {
        var memory = RememberedState()
        memory.transitions["db"] = [
            Transition(timestamp: Self.before.advanced(by: .seconds(-60)), from: .unknown, to: .degraded, reason: nil),
            Transition(timestamp: Self.before, from: .degraded, to: status, reason: nil),
        ]
        memory.checks[CheckID(component: "db", check: "primary")] = .init(status: check ?? status, since: Self.before)
        return memory
    }

    private func store(
        _ memory: RememberedState,
        _ component: ComponentRegistration = .of("db")
    ) throws -> (
        StatusStore, CheckHandle
    ) {
        let registry = try CheckRegistry.make(component)
        let store = StatusStore(time: time) { _ in }
        store.apply(
            registry,
            memory: RegistryMemory(memory, for: registry, at: time)
        )
        return (store, try #require(registry.checks.first?.handle))
    }

    @Test func nothingIsKnownUntilTheFirstResult() throws {
        let (store, _) = try store(memory(.healthy))
        let component = try #require(store.snapshot().components.first)
        #expect(component.state.status == .unknown && component.state.since == nil)
        #expect(component.state.transitions.isEmpty)
        #expect(store.snapshot().checks.first?.state.since == nil)
        #expect(store.verdict().readiness == .notReady(.starting))
    }

    @Test(arguments: [(ResultKind.failure, HealthStatus.unhealthy), (.success, .healthy), (.degraded, .degraded)])
    func theStatusGoesOnSinceThenWhenTheFirstResultAgrees(_ kind: ResultKind, _ status: HealthStatus) throws {
        let (store, handle) = try store(memory(status))
        time.advance(by: .seconds(5))
        _ = store.publish(.make(kind, at: time.moment), of: handle)
        let snapshot = store.snapshot()
        #expect(snapshot.components.first?.state.since == Self.before)
        #expect(snapshot.components.first?.state.transitions.map(\.to) == [.degraded, status])
        #expect(snapshot.checks.first?.state.since == Self.before)
    }

    @Test func anotherStatusBeginsWithTheFirstResult() throws {
        let (store, handle) = try store(memory(.healthy))
        time.advance(by: .seconds(5))
        _ = store.publish(.make(.failure, at: time.moment), of: handle)
        let snapshot = store.snapshot()
        #expect(snapshot.components.first?.state.since == time.timestamp)
        #expect(snapshot.components.first?.state.transitions.map(\.to) == [.degraded, .healthy, .unhealthy])
        #expect(snapshot.checks.first?.state.since == time.timestamp)
        // The next change is no continuation either.
        time.advance(by: .seconds(5))
        _ = store.publish(.make(.success, at: time.moment), of: handle)
        #expect(store.snapshot().components.first?.state.since == time.timestamp)
    }

    @Test func aDrillGoesOnUntilItsEnd() throws {
        var memory = memory(.unhealthy, of: .healthy)
        memory.drills["db"] = .init(
            status: .unhealthy,
            affectsReadiness: true,
            reason: "practice",
            by: "me",
            start: Self.before,
            end: time.timestamp.advanced(by: .seconds(60))
        )
        memory.drills["gone"] = memory.drills["db"]
        let (store, handle) = try store(memory)
        _ = store.publish(.make(.success, at: time.moment), of: handle)
        var component = try #require(store.snapshot().components.first)
        #expect(component.state.status == .unhealthy && component.state.drill?.reason == "practice")
        #expect(component.state.since == Self.before)
        time.advance(by: .seconds(61))
        _ = store.publish(.make(.success, at: time.moment), of: handle)
        component = try #require(store.snapshot().components.first)
        #expect(component.state.status == .healthy && component.state.drill == nil)
    }

    private static func drill(until end: Timestamp) -> RememberedState.Drill {
        .init(status: .unhealthy, affectsReadiness: false, reason: "", by: "", start: before, end: end)
    }

    @Test func aDrillThatEndedMeanwhileIsOver() throws {
        var memory = memory(.unhealthy)
        memory.drills["db"] = Self.drill(until: time.timestamp.advanced(by: .seconds(-1)))
        #expect(try store(memory).0.snapshot().components.first?.state.drill == nil)
    }

    @Test func aDrillThatEndedMeanwhileIsNoOutageSinceItsStart() throws {
        var memory = RememberedState()
        memory.transitions["db"] = [
            Transition(timestamp: Self.before, from: .healthy, to: .unhealthy, reason: .drill)
        ]
        memory.drills["db"] = Self.drill(until: Self.before.advanced(by: .seconds(900)))
        memory.incidents = [
            Incident(id: 1, component: "db", start: Self.before, worst: .unhealthy, reason: .timeout),
            Incident(id: 2, component: "db", start: Self.before, worst: .unhealthy, reason: .drill, isDrill: true),
        ]
        let (store, handle) = try store(memory)
        time.advance(by: .seconds(5))
        _ = store.publish(.make(.failure, at: time.moment), of: handle)
        #expect(store.snapshot().components.first?.state.since == time.timestamp)
        let history = HistoryStore(time: time, remembering: memory)
        // One of a component at a time, and over when the drill was.
        #expect(history.incidents().map(\.end) == [Self.before, Self.before.advanced(by: .seconds(900))])
    }

    @Test func aComponentDoesNotRecoverWhileACheckThatWasNotHealthyIsPending() throws {
        let beat = CheckID(component: "db", check: "b")
        var memory = memory(.unhealthy, of: .healthy)
        memory.checks[beat] = .init(status: .unhealthy, since: Self.before)
        let checks = [
            Registration.make("db/primary", thresholds: Thresholds(failure: 1)),
            .make("db/b", check: Worker(), thresholds: Thresholds(failure: 1)),
        ]
        let (store, handle) = try store(memory, .make("db", checks: checks))
        _ = store.publish(.make(.success, at: time.moment), of: handle)
        #expect(store.snapshot().components.first?.state.status == .unknown)
        let worker = try #require(store.snapshot().checks.last?.handle)
        _ = store.publish(.make(.failure, at: time.moment), of: worker)
        #expect(store.snapshot().components.first?.state.since == Self.before)
    }

    /// A check that start-up never waits for.
    private struct Worker: HealthCheck {
        var blocksStartup: Bool { false }

        func run(_ context: RunContext) async throws -> CheckReport { CheckReport(.success) }
    }

    private func rare(_ impact: Impact, every interval: Duration = .seconds(3600)) -> ComponentRegistration {
        let schedule = Schedule(interval: interval, timeout: .seconds(2))
        return .make("db", impact: impact, checks: [.make("db/primary", schedule: schedule)])
    }

    private func due(
        _ component: ComponentRegistration,
        lastRun: Duration,
        _ status: HealthStatus = .healthy
    ) throws -> Moment? {
        let id = CheckID(component: "db", check: "primary")
        var memory = RememberedState()
        memory.lastRuns[id] = time.timestamp.advanced(by: lastRun)
        memory.checks[id] = .init(status: status, since: Self.before)
        let registry = try CheckRegistry.make(component)
        return RegistryMemory(memory, for: registry, at: time).due[id]
    }

    @Test func aRareCheckRunsWhenItWouldHaveBeenDue() throws {
        time.advance(by: .seconds(100))
        #expect(try due(rare(.optional), lastRun: .seconds(-600)) == .seconds(3100))
        #expect(try due(rare(.optional), lastRun: .seconds(-3700)) == nil)
        // A clock that was set back: nobody knows when it ran.
        #expect(try due(rare(.optional), lastRun: .seconds(10)) == nil)
        #expect(try due(rare(.optional, every: .seconds(599)), lastRun: .seconds(-60)) == nil)
        // Until its result its component would seem to have recovered.
        #expect(try due(rare(.optional), lastRun: .seconds(-600), .degraded) == nil)
        // Start-up waits for its result.
        #expect(try due(rare(.critical), lastRun: .seconds(-600)) == nil)
    }

    @Test func aRareCheckThatIsNotDueCountsForNothing() throws {
        let id = CheckID(component: "db", check: "primary")
        var memory = RememberedState()
        memory.lastRuns[id] = time.timestamp.advanced(by: .seconds(-600))
        memory.checks[id] = .init(status: .healthy, since: Self.before)
        let (store, handle) = try store(memory, rare(.optional))
        #expect(store.verdict().service == .healthy && store.verdict().readiness == .ready)
        time.advance(by: .seconds(3000))
        #expect(store.verdict().service == .healthy)
        _ = store.publish(.make(.failure, at: time.moment), of: handle)
        #expect(store.verdict().service == .degraded)
    }

    @Test func aRareCheckThatNeverRunsAgainIsMissedLater() throws {
        var memory = RememberedState()
        let id = CheckID(component: "db", check: "primary")
        memory.lastRuns[id] = time.timestamp.advanced(by: .seconds(-600))
        memory.checks[id] = .init(status: .healthy, since: Self.before)
        let (store, _) = try store(memory, rare(.optional))
        // Due after 3,000 s, too old two intervals and a timeout later.
        time.advance(by: .seconds(3000 + 7203))
        #expect(store.verdict().service == .degraded)
    }

    @Test func windowsOfSuccessGoOn() {
        var windows = SuccessWindows()
        windows.add(SuccessCount(good: 2, bad: 2), at: .seconds(-120))
        windows.add(SuccessCount(good: 0, bad: 4), at: .seconds(-7200))
        windows.record(isSuccess: true, of: CheckID(component: "db", check: "primary"), at: .seconds(1))
        let readings = windows.readings(at: .seconds(2))
        #expect(readings.map(\.ratio) == [0.6, 0.6, 3.0 / 9])
        #expect(readings.map(\.isFull) == [true, true, false])
        #expect(windows.readings(at: .seconds(400)).map(\.ratio) == [1, 0.6, 3.0 / 9])
    }
}
