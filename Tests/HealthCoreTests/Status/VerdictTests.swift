import HealthCore
import HealthTesting
import Synchronization
import Testing

/// What probes read: published after each change, with the moment until which it holds.
@Suite struct VerdictTests {
    @Test func saysUntilWhenItHolds() throws {
        let stage = try StatusStage(.make("a"), .make("b"))
        #expect(stage.store.verdict().validUntil == nil, "nothing can become too old yet")
        stage.time.advance(by: .seconds(5))
        stage.publish(.success, "b/primary")
        #expect(stage.store.verdict().validUntil == .seconds(27))
        stage.publish(.success, "a/primary")
        #expect(stage.store.verdict().validUntil == .seconds(27))
        stage.store.stopAging()
        #expect(stage.store.verdict().validUntil == nil)
    }

    @Test func aProbeLetsNoTimePassWhileItHolds() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        _ = stage.drainEvents()
        stage.time.advance(by: .seconds(22))
        #expect(stage.store.verdict().readiness == .ready)
        #expect(stage.drainEvents().isEmpty)
    }

    /// A check whose facts are read while the store is locked.
    private struct QueriedCheck: HealthCheck {
        let query: @Sendable () -> Void

        var blocksStartup: Bool {
            query()
            return true
        }

        func run(_ context: RunContext) async throws -> CheckReport { CheckReport(.success) }
    }

    @Test func aProbeReadsWithoutTheLockOfTheState() throws {
        let seen = Mutex<[Readiness]>([])
        let store = StatusStore(time: ManualTime()) { _ in }
        let check = QueriedCheck { seen.withLock { $0.append(store.verdict().readiness) } }
        let registry = try CheckRegistry.make(.make("db", checks: [.make("db/primary", check: check)]))
        store.apply(registry)
        let handle = try #require(registry.checks.first?.handle)
        _ = store.publish(.make(.success), of: handle)
        seen.withLock { $0.removeAll() }
        for _ in 0..<3 { _ = store.publish(.make(.failure), of: handle) }
        // A lock taken twice by one thread would have ended the process.
        #expect(seen.withLock { $0 } == [.ready])
        #expect(store.verdict().readiness == .notReady(.unhealthy))
    }

    @Test func aProbeExpiresWhatNobodyElseDid() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        _ = stage.drainEvents()
        stage.time.advance(by: .seconds(23))
        #expect(stage.store.verdict().readiness == .notReady(.unknown))
        #expect(stage.drainEvents().contains("db/primary healthy→unknown"))
    }

    @Test func theDrillThatEndedByItselfIsNoLongerSeen() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        _ = stage.store.startDrill(
            of: "db",
            as: .unhealthy,
            for: .seconds(5),
            affectsReadiness: true,
            reason: "",
            by: ""
        )
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
        #expect(stage.store.verdict().validUntil == .seconds(5))
        stage.time.advance(by: .seconds(6))
        #expect(stage.store.verdict().readiness == .ready)
    }

    @Test func aCauseCountsItsFailures() throws {
        let stage = try StatusStage(.make("a"), .make("b"))
        for _ in 0..<3 { stage.publish(.failure, "b/primary") }
        stage.publish(.failure, "a/primary")
        stage.publish(.failure, "b/primary")
        let causes = stage.store.verdict().causes
        #expect(causes.map(\.component) == ["a", "b"])
        #expect(causes.map(\.failures) == [1, 4])
    }

    @Test func theSnapshotHasTheVerdictOfItsMoment() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        stage.time.advance(by: .seconds(23))
        let snapshot = stage.store.snapshot()
        #expect(snapshot.checks.map(\.state.status) == [.unknown])
        #expect(snapshot.verdict.readiness == .notReady(.unknown))
        #expect(snapshot.verdict.causes.map(\.reason) == [.stale])
    }

    @Test(arguments: [(nil, true), (Moment.seconds(9), false), (.seconds(10), true), (.seconds(11), true)])
    func holdsUpToItsMoment(validUntil: Moment?, isValid: Bool) {
        var verdict = HealthVerdict(.ready)
        verdict.validUntil = validUntil
        #expect(verdict.isValid(at: .seconds(10)) == isValid)
    }
}
