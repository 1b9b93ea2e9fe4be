import HealthCore
import HealthTesting
import Testing

/// What a new registry does to the status store.
@Suite struct StatusStoreRegistryTests {
    @Test func aNewRegistryKeepsTheStateOfUnchangedChecks() throws {
        var stage = try StatusStage(.make("a"), .make("b"))
        stage.publish(.failure, "a/primary")
        stage.publish(.success, "b/primary")
        let before = stage.store.snapshot()
        try stage.remove("b")
        try stage.registry.add(.make("c", impact: .informational))
        stage.store.apply(stage.registry)
        let after = stage.store.snapshot()
        #expect(after.components.map(\.registration.name) == ["a", "c"])
        #expect(after.checks.map(\.state.status) == [.unhealthy, .unknown])
        #expect(after.checks.first?.lastRun?.kind == .failure)
        #expect(after.components.first?.state.transitions == before.components.first?.state.transitions)
        #expect(after.verdict.causes.map { "\($0.component)/\($0.check ?? "")" } == ["a/primary"])
        #expect(
            after.verdict.components
                == {
                    var counts = StatusCounts()
                    (counts[.unhealthy], counts[.unknown]) = (1, 1)
                    return counts
                }()
        )
    }

    @Test func removingWhatFailedHealsTheService() throws {
        var stage = try StatusStage(.make("a"), .make("b"))
        stage.publish(.failure, "a/primary")
        stage.publish(.success, "b/primary")
        _ = stage.drainEvents()
        try stage.remove("a")
        #expect(stage.drainEvents() == ["service unhealthy→healthy", "readiness not_ready→ready"])
    }

    @Test func aKeptCheckStillExpires() throws {
        var stage = try StatusStage(.make("a"))
        stage.publish(.success, "a/primary")
        try stage.registry.add(.make("b"))
        stage.store.apply(stage.registry)
        stage.time.advance(by: .seconds(30))
        #expect(stage.store.snapshot().checks.first?.state.reason == .stale)
    }

    @Test func aLateResultOfARemovedCheckChangesNothing() throws {
        var stage = try StatusStage(.make("a"), .make("b"))
        let removed = try #require(stage.registry.checks.first?.handle)
        stage.publish(.success, "b/primary")
        try stage.remove("a")
        _ = stage.drainEvents()
        #expect(stage.store.publish(.make(.failure), of: removed) == nil)
        #expect(stage.store.slotPassedWhileOverdue(removed, at: .zero) == nil)
        #expect(stage.store.status(of: removed) == nil)
        #expect(stage.drainEvents().isEmpty)
        #expect(stage.store.verdict().service == .healthy)
    }
}
