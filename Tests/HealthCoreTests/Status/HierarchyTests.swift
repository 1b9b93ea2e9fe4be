import HealthCore
import HealthTesting
import Testing

/// Groups, what is shared, dependencies, maintenance and flags in the store; checks every 10 s with a timeout of 2 s.
@Suite struct HierarchyTests {
    @Test func aGroupStandsBetweenItsMembersAndTheService() throws {
        let stage = try StatusStage(
            [ComponentRegistration.of("a"), ComponentRegistration.of("b")],
            groups: [GroupRegistration(name: "both", members: ["a", "b"], requirement: .any)]
        )
        #expect(stage.store.verdict().startup.waitingFor == ["both"])
        stage.publish(.failure, "a/primary")
        #expect(stage.store.verdict().startup.waitingFor == ["both"])
        stage.publish(.success, "b/primary")
        #expect(stage.store.verdict().startup.waitingFor.isEmpty)
        let verdict = stage.store.verdict()
        #expect(verdict.readiness == .ready)
        #expect(verdict.components[.unhealthy] == 1)
        #expect(verdict.causes.isEmpty)
        stage.publish(.failure, "b/primary")
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
        #expect(stage.store.verdict().causes.map(\.component) == ["a", "b"])
    }

    @Test func aMemberHasTheFactsOfItsGroup() throws {
        let stage = try StatusStage(
            [ComponentRegistration.of("a"), ComponentRegistration.of("b")],
            groups: [
                GroupRegistration(
                    name: "caches",
                    members: ["a"],
                    impact: .optional,
                    scope: .shared,
                    owner: "team-caches",
                    runbook: "https://runbooks.example/caches"
                )
            ]
        )
        let components = Array(stage.store.snapshot().components)
        let (member, alone) = (components[0], components[1])
        #expect((member.impact, member.scope) == (.optional, .shared))
        #expect((member.owner, member.runbook) == ("team-caches", "https://runbooks.example/caches"))
        #expect((alone.impact, alone.scope) == (.critical, .local))
        #expect((alone.owner, alone.runbook) == (nil, nil))
    }

    @Test func aGroupThatIsDecidedNoLongerBlocksStartup() throws {
        let stage = try StatusStage(
            [ComponentRegistration.of("a"), ComponentRegistration.of("b")],
            groups: [GroupRegistration(name: "both", members: ["a", "b"], requirement: .any)]
        )
        stage.publish(.success, "a/primary")
        #expect(stage.store.verdict().hasStarted)
    }

    @Test func whatIsSharedTakesTheServiceOutOnlyBeforeItWasReady() throws {
        let stage = try StatusStage([ComponentRegistration.of("db", scope: .shared)])
        stage.publish(.failure, "db/primary")
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
        stage.publish(.success, "db/primary")
        #expect(stage.store.verdict().readiness == .ready)
        stage.publish(.failure, "db/primary")
        #expect(stage.store.verdict().readiness == .degraded)
        #expect(stage.store.verdict().causes.map(\.component) == ["db"])
        stage.time.advance(by: .seconds(60))
        #expect(stage.store.verdict().readiness == .degraded)
    }

    @Test func alertsAreHeldBackWhileSomethingNeededIsDown() throws {
        let stage = try StatusStage([
            ComponentRegistration.of("app", needs: ["db"]), ComponentRegistration.of("db", needs: ["net"]),
            ComponentRegistration.of("net"),
        ])
        for name in ["app", "db", "net"] { stage.publish(.success, "\(name)/primary") }
        _ = stage.drainEvents()
        stage.publish(.failure, "app/primary")
        #expect(stage.roots("app").isEmpty)
        stage.publish(.failure, "db/primary")
        #expect(stage.roots("app") == ["db"])
        stage.publish(.failure, "net/primary")
        #expect(stage.roots("app") == ["net"])
        #expect(stage.roots("db") == ["net"])
        #expect(stage.roots("net").isEmpty)
        #expect(stage.drainEvents().contains("app suppressed: dependency db"))
        // It recovers, and those that need it have interval + timeout to follow.
        stage.publish(.success, "net/primary")
        stage.publish(.success, "db/primary")
        stage.time.advance(by: .seconds(11.9))
        #expect(stage.roots("app") == ["db"])
        stage.time.advance(by: .seconds(0.2))
        #expect(stage.roots("app").isEmpty)
        #expect(stage.drainEvents().contains("app no longer suppressed: dependency"))
    }

    @Test func whatIsHealthyOrOnlyUnknownSuppressesNobody() throws {
        let stage = try StatusStage([ComponentRegistration.of("app", needs: ["db"]), ComponentRegistration.of("db")])
        stage.publish(.failure, "app/primary")
        #expect(stage.roots("app").isEmpty)
        stage.publish(.failure, "db/primary")
        #expect(stage.roots("app") == ["db"])
        stage.publish(.success, "app/primary")
        #expect(stage.roots("app").isEmpty)
    }

    @Test func maintenanceSuppressesAlertsAndChangesNoStatus() throws {
        let start = Timestamp.newYear2026.advanced(by: .seconds(60))
        let window = MaintenanceWindow(
            components: ["db"],
            time: .once(from: start, until: start.advanced(by: .seconds(60)))
        )
        let stage = try StatusStage(
            [ComponentRegistration.of("app", needs: ["db"]), ComponentRegistration.of("db")],
            maintenance: [window]
        )
        stage.publish(.failure, "app/primary")
        stage.publish(.failure, "db/primary")
        #expect(stage.roots("app") == ["db"])
        stage.time.advance(by: .seconds(60))
        stage.publish(.failure, "app/primary")
        stage.publish(.failure, "db/primary")
        #expect(stage.componentsInMaintenance == ["db"])
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
        // What is in maintenance suppresses nothing else, once the grace of its dependents is over.
        stage.time.advance(by: .seconds(13))
        #expect(stage.roots("app").isEmpty)
        stage.time.advance(by: .seconds(60))
        #expect(stage.componentsInMaintenance.isEmpty)
    }

    @Test(arguments: [
        ([HealthStatus.healthy], true, true), ([.degraded], true, true), ([.unknown], false, true),
        ([.unhealthy], false, false),
        ([.healthy, .unhealthy], false, false), ([.unknown, .unhealthy], false, false),
        ([.healthy, .unknown], false, true),
    ])
    func aFlagFollowsWhatItRequires(statuses: [HealthStatus], byDefaultOff: Bool, byDefaultOn: Bool) {
        #expect(FlagRegistration(name: "f", requires: ["a"], defaultValue: false).isOn(statuses) == byDefaultOff)
        #expect(FlagRegistration(name: "f", requires: ["a"], defaultValue: true).isOn(statuses) == byDefaultOn)
    }

    @Test func whatAReloadAddsCountsFromItsFirstResultOn() throws {
        var stage = try StatusStage([ComponentRegistration.of("a")])
        stage.publish(.success, "a/primary")
        try stage.registry.add(ComponentRegistration.of("b"))
        try stage.registry.add(ComponentRegistration.of("c"))
        stage.store.apply(stage.registry)
        #expect(stage.store.verdict().readiness == .ready)
        stage.publish(.failure, "b/primary")
        #expect(stage.store.verdict().causes.map(\.component) == ["b"])
        stage.publish(.success, "b/primary")
        stage.time.advance(by: .seconds(21))
        stage.publish(.success, "a/primary")
        stage.publish(.success, "b/primary")
        #expect(stage.store.verdict().readiness == .ready)
        stage.time.advance(by: .seconds(2))
        #expect(stage.store.verdict().readiness == .notReady(.unknown))
        #expect(stage.store.verdict().causes.map(\.reason) == [.pending])
    }
}
