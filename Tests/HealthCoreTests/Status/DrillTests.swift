import HealthCore
import HealthTesting
import Testing

/// What a drill shows, and what it leaves alone; checks every 10 s with a timeout of 2 s.
@Suite struct DrillTests {
    @Test func aDrillIsShownAndLeavesReadinessAndOthersAlone() throws {
        let stage = try StatusStage(
            [ComponentRegistration.of("app", needs: ["db"]), ComponentRegistration.of("db")],
            flags: [FlagRegistration(name: "f", requires: ["db"], defaultValue: false)]
        )
        stage.publish(.failure, "app/primary")
        stage.publish(.success, "app/primary")
        stage.publish(.success, "db/primary")
        _ = stage.drainEvents()
        let drill = stage.store.startDrill(
            of: "db",
            as: .unhealthy,
            for: .seconds(10),
            affectsReadiness: false,
            reason: "practice",
            by: "me"
        )
        #expect(drill?.end == stage.time.timestamp.advanced(by: .seconds(10)))
        let shown = stage.store.snapshot()
        #expect(shown.components.map(\.state.status) == [.healthy, .unhealthy])
        #expect(shown.verdict.service == .unhealthy)
        #expect(shown.verdict.readiness == .ready)
        #expect(shown.verdict.components[.healthy] == 2)
        #expect(shown.flags.map(\.isOn) == [true])
        #expect(shown.checks.map(\.state.status) == [.healthy, .healthy])
        #expect(
            stage.drainEvents() == [
                "db drill started", "db healthy→unhealthy (drill)", "service healthy→unhealthy (drill)",
            ]
        )
        stage.publish(.failure, "app/primary")
        #expect(stage.roots("app").isEmpty)
        stage.publish(.success, "app/primary")
        stage.time.advance(by: .seconds(10.1))
        #expect(stage.store.snapshot().components.map(\.state.status) == [.healthy, .healthy])
        #expect(
            stage.drainEvents().suffix(3) == [
                "db unhealthy→healthy (drill)", "service unhealthy→healthy (drill)", "db drill ended",
            ]
        )
        #expect(stage.store.snapshot().components.last?.state.transitions.suffix(2).map(\.reason) == [.drill, .drill])
    }

    @Test func aDrillForReadinessIsSeenThere() throws {
        let stage = try StatusStage(
            [ComponentRegistration.of("db")],
            flags: [.init(name: "f", requires: ["db"], defaultValue: true)]
        )
        stage.publish(.success, "db/primary")
        _ = stage.drainEvents()
        _ = stage.store.startDrill(
            of: "db",
            as: .unhealthy,
            for: .seconds(900),
            affectsReadiness: true,
            reason: "",
            by: ""
        )
        #expect(stage.drainEvents().last == "readiness ready→not_ready (drill)")
        let snapshot = stage.store.snapshot()
        #expect(snapshot.verdict.readiness == .notReady(.unhealthy))
        #expect(snapshot.verdict.causes.map(\.reason) == [.drill])
        #expect(snapshot.flags.map(\.isOn) == [false])
        #expect(stage.store.endDrill(of: "db") == true)
        #expect(stage.store.endDrill(of: "db") == false)
        #expect(stage.store.endDrill(of: "nobody") == nil)
        #expect(stage.store.verdict().readiness == .ready)
        #expect(stage.drainEvents().last == "readiness not_ready→ready (drill)")
        // A real outage is none.
        for _ in 0..<3 { stage.publish(.failure, "db/primary") }
        #expect(stage.drainEvents().last == "readiness ready→not_ready")
        stage.publish(.success, "db/primary")
        #expect(stage.drainEvents().last == "readiness not_ready→ready")
    }

    private func drill(_ stage: StatusStage, _ name: String, as status: HealthStatus, affectsReadiness: Bool = true) {
        let drill = stage.store.startDrill(
            of: name,
            as: status,
            for: .seconds(900),
            affectsReadiness: affectsReadiness,
            reason: "",
            by: ""
        )
        #expect(drill != nil)
    }

    @Test func aDrillNeverTurnsABadAnswerIntoAGoodOne() throws {
        let stage = try StatusStage(
            [ComponentRegistration.of("db")],
            flags: [.init(name: "f", requires: ["db"], defaultValue: true)]
        )
        stage.publish(.failure, "db/primary")
        _ = stage.drainEvents()
        drill(stage, "db", as: .degraded)
        let snapshot = stage.store.snapshot()
        #expect(snapshot.verdict.readiness == .notReady(.unhealthy))
        #expect(snapshot.verdict.service == .unhealthy)
        #expect(snapshot.components.map(\.state.status) == [.unhealthy])
        #expect(snapshot.components.first.map { snapshot.reason(of: $0) } == .connectRefused)
        #expect(snapshot.components.first.map { snapshot.gatingReason(of: $0) } == .connectRefused)
        #expect(snapshot.verdict.causes.map(\.check) == ["primary"])
        #expect(snapshot.verdict.causes.map(\.reason) == [.connectRefused])
        #expect(snapshot.flags.map(\.isOn) == [false])
        #expect(stage.drainEvents() == ["db drill started"])
    }

    @Test func whatReallyHappensInADrillIsNotMarkedAsOne() throws {
        let stage = try StatusStage([ComponentRegistration.of("db")])
        stage.publish(.success, "db/primary")
        drill(stage, "db", as: .degraded)
        _ = stage.drainEvents()
        stage.publish(.failure, "db/primary")
        #expect(
            stage.drainEvents() == [
                "db/primary healthy→unhealthy", "db degraded→unhealthy", "service degraded→unhealthy",
                "readiness degraded→not_ready",
            ]
        )
        stage.publish(.success, "db/primary")
        #expect(
            stage.drainEvents() == [
                "db/primary unhealthy→healthy", "db unhealthy→degraded (drill)", "service unhealthy→degraded (drill)",
                "readiness not_ready→degraded",
            ]
        )
        #expect(stage.store.verdict().causes.map(\.reason) == [.drill])
    }

    @Test func whatADrillLeavesBehindIsMarkedAsItsDoing() throws {
        let stage = try StatusStage([ComponentRegistration.of("db")])
        stage.publish(.degraded, "db/primary")
        drill(stage, "db", as: .unhealthy)
        _ = stage.drainEvents()
        // Another one in its place shows no more than what is true.
        drill(stage, "db", as: .degraded)
        let changes = ["db unhealthy→degraded (drill)", "service unhealthy→degraded (drill)"]
        #expect(stage.drainEvents().filter { $0.contains("→") && !$0.hasPrefix("readiness") } == changes)
        #expect(stage.store.snapshot().components.first?.state.transitions.last?.reason == .drill)
        #expect(stage.store.endDrill(of: "db") == true)
        #expect(stage.drainEvents() == ["db drill ended"])
    }

    @Test func aDrillNeitherSuppressesOthersNorEndsTheirSuppression() throws {
        let stage = try StatusStage([ComponentRegistration.of("app", needs: ["db"]), ComponentRegistration.of("db")])
        stage.publish(.failure, "app/primary")
        stage.publish(.failure, "db/primary")
        drill(stage, "db", as: .degraded)
        #expect(stage.roots("app") == ["db"])
        stage.publish(.success, "db/primary")
        stage.time.advance(by: .seconds(13))
        drill(stage, "db", as: .unhealthy)
        #expect(stage.roots("app").isEmpty)
    }

    @Test func aDrillOfWhatHasNotJoinedCountsByItself() throws {
        var stage = try StatusStage([ComponentRegistration.of("a")])
        stage.publish(.success, "a/primary")
        try stage.registry.add(ComponentRegistration.of("b"))
        stage.store.apply(stage.registry)
        drill(stage, "b", as: .degraded)
        #expect(stage.store.verdict().readiness == .degraded)
        #expect(stage.store.verdict().causes.map(\.component) == ["b"])
    }
}
