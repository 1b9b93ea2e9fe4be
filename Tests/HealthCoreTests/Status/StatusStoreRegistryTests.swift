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
        stage.registry.remove(component: "b")
        try stage.registry.add(.make("c", impact: .informational))
        stage.store.apply(stage.registry)
        let after = stage.store.snapshot()
        #expect(after.components.map(\.registration.name) == ["a", "c"])
        #expect(after.checks.map(\.state.status) == [.unhealthy, .unknown])
        #expect(after.checks.first?.lastRun?.outcome == .failure)
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
        _ = stage.takeEvents()
        stage.registry.remove(component: "a")
        stage.store.apply(stage.registry)
        #expect(stage.takeEvents() == ["service unhealthy→healthy", "readiness not_ready→ready"])
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
        stage.registry.remove(component: "a")
        stage.store.apply(stage.registry)
        _ = stage.takeEvents()
        let disagrees = stage.store.publish(.make(.failure), of: removed)
        #expect(!disagrees)
        #expect(!stage.store.slotPassedWhileOverdue(removed, at: .zero))
        #expect(stage.takeEvents().isEmpty)
        #expect(stage.store.verdict().service == .healthy)
    }
}
