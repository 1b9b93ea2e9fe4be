import HealthCore
import HealthTesting
import Testing

/// A reload that changes checks and components while things happen; checks every 10 s unless told.
@Suite struct StatusStoreReloadTests {
    private func component(
        _ name: String,
        needs: [String] = [],
        schedule: Schedule = Schedule(interval: .seconds(10), timeout: .seconds(2)),
        failures: Int = 1
    ) -> ComponentRegistration {
        ComponentRegistration(
            name: name,
            dependencies: needs,
            checks: [.make("\(name)/primary", schedule: schedule, thresholds: Thresholds(failure: failures))]
        )
    }

    private static let slow = Schedule(interval: .seconds(60), timeout: .seconds(1))
    private static let fast = Schedule(interval: .seconds(2), timeout: .seconds(1))

    /// Reloads with other components; checks whose names are given stay the same.
    private func reload(
        _ stage: inout StatusStage,
        _ components: [ComponentRegistration],
        unchanged: [String]
    ) throws {
        var registry = CheckRegistry()
        for component in components { try registry.add(component) }
        registry.replace(stage.registry, unchanged: Set(unchanged.map { CheckID(component: $0, check: "primary") }))
        stage.registry = registry
        stage.store.apply(registry)
    }

    /// A healthy component, and its check with a new limit of 5 s when its result is 30 s old.
    private func shortened(_ kind: ResultKind) throws -> StatusStage {
        var stage = try StatusStage([component("a", needs: ["c"], schedule: Self.slow), component("b"), component("c")])
        stage.publish(.success, "a/primary")
        stage.time.advance(by: .seconds(30))
        for name in ["b", "c"] { stage.publish(kind, "\(name)/primary") }
        _ = stage.drainEvents()
        let new = [component("a", needs: ["c"], schedule: Self.fast), component("b"), component("c")]
        try reload(&stage, new, unchanged: ["b", "c"])
        return stage
    }

    @Test func anAgeThatBecomesShorterCountsFromTheReload() throws {
        let stage = try shortened(.success)
        stage.time.advance(by: .seconds(5))
        #expect(stage.store.verdict().readiness == .ready && stage.drainEvents().isEmpty)
        let limit = stage.time.timestamp
        stage.time.advance(by: .seconds(1))
        #expect(stage.store.verdict().readiness == .notReady(.unknown))
        #expect(
            stage.drainEvents() == [
                "a/primary healthy→unknown", "a healthy→unknown", "service healthy→unknown",
                "readiness ready→not_ready",
            ]
        )
        #expect(stage.store.snapshot().checks.first?.state.since == limit)
    }

    @Test func reloadsInARowRenewNoResult() throws {
        var stage = try shortened(.success)
        for _ in 0..<2 {
            stage.time.advance(by: .seconds(3))
            let again = [component("a", needs: ["c"], schedule: Self.fast), component("b"), component("c")]
            try reload(&stage, again, unchanged: ["b", "c"])
        }
        #expect(stage.store.snapshot().checks.first?.state.status == .unknown)
    }

    @Test func whatBecomesStaleAfterAReloadIsSuppressedByWhatIsDown() throws {
        let stage = try shortened(.failure)
        stage.time.advance(by: .seconds(6))
        _ = stage.store.expire()
        #expect(
            stage.drainEvents() == [
                "a/primary healthy→unknown (suppressed)", "a healthy→unknown (suppressed)",
                "a suppressed: dependency c",
            ]
        )
    }

    @Test func aChangedCheckKeepsItsStatusUntilItsFirstResult() throws {
        var stage = try StatusStage([component("a")])
        stage.publish(.failure, "a/primary")
        stage.publish(.failure, "a/primary")
        try reload(&stage, [component("a")], unchanged: [])
        let kept = try #require(stage.store.snapshot().checks.first)
        #expect(kept.state.status == .unhealthy)
        #expect(kept.state.consecutiveFailures == 2)
        stage.publish(.failure, "a/primary")
        #expect(stage.store.snapshot().checks.first?.state.consecutiveFailures == 1)
        stage.publish(.success, "a/primary")
        #expect(stage.store.snapshot().checks.first?.state.status == .healthy)
    }

    @Test func theFirstFailureOfAChangedCheckTakesNothingOut() throws {
        var stage = try StatusStage([component("a", failures: 3)])
        stage.publish(.success, "a/primary")
        try reload(&stage, [component("a", failures: 3)], unchanged: [])
        for _ in 0..<2 {
            #expect(stage.publish(.failure, "a/primary"))
            #expect(stage.store.verdict().readiness == .ready)
        }
        stage.publish(.failure, "a/primary")
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
    }

    @Test func whatIsRemovedEndsItsSuppressionAndItsDrill() throws {
        var registry = CheckRegistry()
        for component in [component("a", needs: ["b"]), component("b")] { try registry.add(component) }
        let start = Timestamp.newYear2026
        try registry.add(
            MaintenanceWindow(components: ["a"], time: .once(from: start, until: start.advanced(by: .seconds(60))))
        )
        var stage = StatusStage(registry)
        for name in ["a", "b"] { stage.publish(.failure, "\(name)/primary") }
        #expect(stage.roots("a") == ["b"])
        _ = stage.drainEvents()
        try reload(&stage, [component("b")], unchanged: ["b"])
        #expect(
            stage.drainEvents() == ["a no longer suppressed: dependency", "a no longer suppressed: maintenance"]
        )
    }
}
