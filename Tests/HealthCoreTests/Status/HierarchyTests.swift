import HealthCore
import HealthTesting
import Testing

/// Groups, what is shared, dependencies, maintenance, drills and flags in the store; checks every 10 s with a timeout of 2 s.
@Suite struct HierarchyTests {
    private func stage(
        _ components: [ComponentRegistration],
        groups: [GroupRegistration] = [],
        flags: [FlagRegistration] = [],
        maintenance: [MaintenanceWindow] = []
    ) throws -> StatusStage {
        var registry = CheckRegistry()
        for component in components { try registry.add(component) }
        for group in groups { try registry.add(group) }
        for flag in flags { try registry.add(flag) }
        for window in maintenance { try registry.add(window) }
        return StatusStage(registry)
    }

    private func component(_ name: String, needs: [String] = [], scope: Scope = .local) -> ComponentRegistration {
        ComponentRegistration(
            name: name,
            scope: scope,
            dependencies: needs,
            checks: [.make("\(name)/primary", thresholds: Thresholds(failure: 1))]
        )
    }

    private func suppressed(_ stage: StatusStage, _ name: String) -> [String] {
        stage.store.snapshot().components.first { $0.registration.name == name }?.suppression.rootCauses ?? []
    }

    @Test func aGroupStandsBetweenItsMembersAndTheService() throws {
        let stage = try stage(
            [component("a"), component("b")],
            groups: [GroupRegistration(name: "both", members: ["a", "b"], requirement: .any)]
        )
        #expect(stage.store.waitingFor() == ["both"])
        stage.publish(.failure, "a/primary")
        #expect(stage.store.waitingFor() == ["both"])
        stage.publish(.success, "b/primary")
        #expect(stage.store.waitingFor().isEmpty)
        let verdict = stage.store.verdict()
        #expect(verdict.readiness == .ready)
        #expect(verdict.components[.unhealthy] == 1)
        #expect(verdict.causes.isEmpty)
        stage.publish(.failure, "b/primary")
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
        #expect(stage.store.verdict().causes.map(\.component) == ["a", "b"])
    }

    @Test func aMemberHasTheFactsOfItsGroup() throws {
        let stage = try stage(
            [component("a"), component("b")],
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
        let (member, alone) = (stage.store.snapshot().components[0], stage.store.snapshot().components[1])
        #expect((member.impact, member.scope) == (.optional, .shared))
        #expect((member.owner, member.runbook) == ("team-caches", "https://runbooks.example/caches"))
        #expect((alone.impact, alone.scope) == (.critical, .local))
        #expect((alone.owner, alone.runbook) == (nil, nil))
    }

    @Test func aGroupThatIsDecidedNoLongerHoldsUpStartup() throws {
        let stage = try stage(
            [component("a"), component("b")],
            groups: [GroupRegistration(name: "both", members: ["a", "b"], requirement: .any)]
        )
        stage.publish(.success, "a/primary")
        #expect(stage.store.verdict().hasStarted)
    }

    @Test func whatIsSharedTakesTheServiceOutOnlyBeforeItWasReady() throws {
        let stage = try stage([component("db", scope: .shared)])
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
        let stage = try stage([component("app", needs: ["db"]), component("db", needs: ["net"]), component("net")])
        for name in ["app", "db", "net"] { stage.publish(.success, "\(name)/primary") }
        _ = stage.takeEvents()
        stage.publish(.failure, "app/primary")
        #expect(suppressed(stage, "app").isEmpty)
        stage.publish(.failure, "db/primary")
        #expect(suppressed(stage, "app") == ["db"])
        stage.publish(.failure, "net/primary")
        #expect(suppressed(stage, "app") == ["net"])
        #expect(suppressed(stage, "db") == ["net"])
        #expect(suppressed(stage, "net").isEmpty)
        #expect(stage.takeEvents().contains("app suppressed: dependency db"))
        // It recovers, and those that need it have interval + timeout to follow.
        stage.publish(.success, "net/primary")
        stage.publish(.success, "db/primary")
        stage.time.advance(by: .seconds(11.9))
        #expect(suppressed(stage, "app") == ["db"])
        stage.time.advance(by: .seconds(0.2))
        #expect(suppressed(stage, "app").isEmpty)
        #expect(stage.takeEvents().contains("app no longer suppressed: dependency"))
    }

    @Test func whatIsHealthyOrOnlyUnknownSuppressesNobody() throws {
        let stage = try stage([component("app", needs: ["db"]), component("db")])
        stage.publish(.failure, "app/primary")
        #expect(suppressed(stage, "app").isEmpty)
        stage.publish(.failure, "db/primary")
        #expect(suppressed(stage, "app") == ["db"])
        stage.publish(.success, "app/primary")
        #expect(suppressed(stage, "app").isEmpty)
    }

    @Test func maintenanceHoldsAlertsBackAndChangesNoStatus() throws {
        let start = Timestamp.newYear2026.advanced(by: .seconds(60))
        let window = MaintenanceWindow(
            components: ["db"],
            time: .once(from: start, until: start.advanced(by: .seconds(60)))
        )
        let stage = try stage([component("app", needs: ["db"]), component("db")], maintenance: [window])
        stage.publish(.failure, "app/primary")
        stage.publish(.failure, "db/primary")
        #expect(suppressed(stage, "app") == ["db"])
        stage.time.advance(by: .seconds(60))
        stage.publish(.failure, "app/primary")
        stage.publish(.failure, "db/primary")
        let planned = stage.store.snapshot().components.map(\.suppression.isInMaintenance)
        #expect(planned == [false, true])
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
        // What is down by plan is nobody's excuse, once those that need it had their time.
        stage.time.advance(by: .seconds(13))
        #expect(suppressed(stage, "app").isEmpty)
        stage.time.advance(by: .seconds(60))
        #expect(stage.store.snapshot().components.map(\.suppression.isInMaintenance) == [false, false])
    }

    @Test func aDrillIsShownAndLeavesReadinessAndOthersAlone() throws {
        let stage = try stage(
            [component("app", needs: ["db"]), component("db")],
            flags: [FlagRegistration(name: "f", requires: ["db"], defaultValue: false)]
        )
        stage.publish(.failure, "app/primary")
        stage.publish(.success, "app/primary")
        stage.publish(.success, "db/primary")
        _ = stage.takeEvents()
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
            stage.takeEvents() == [
                "db drill started", "db healthy→unhealthy (drill)", "service healthy→unhealthy (drill)",
            ]
        )
        stage.publish(.failure, "app/primary")
        #expect(suppressed(stage, "app").isEmpty)
        stage.publish(.success, "app/primary")
        stage.time.advance(by: .seconds(10.1))
        #expect(stage.store.snapshot().components.map(\.state.status) == [.healthy, .healthy])
        #expect(
            stage.takeEvents().suffix(3) == ["db unhealthy→healthy", "service unhealthy→healthy", "db drill ended"]
        )
    }

    @Test func aDrillForReadinessIsSeenThere() throws {
        let stage = try stage([component("db")], flags: [.init(name: "f", requires: ["db"], defaultValue: true)])
        stage.publish(.success, "db/primary")
        _ = stage.store.startDrill(
            of: "db",
            as: .unhealthy,
            for: .seconds(900),
            affectsReadiness: true,
            reason: "",
            by: ""
        )
        let snapshot = stage.store.snapshot()
        #expect(snapshot.verdict.readiness == .notReady(.unhealthy))
        #expect(snapshot.verdict.causes.map(\.reason) == [.drill])
        #expect(snapshot.flags.map(\.isOn) == [false])
        #expect(stage.store.endDrill(of: "db") == true)
        #expect(stage.store.endDrill(of: "db") == false)
        #expect(stage.store.endDrill(of: "nobody") == nil)
        #expect(stage.store.verdict().readiness == .ready)
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
        var stage = try stage([component("a")])
        stage.publish(.success, "a/primary")
        try stage.registry.add(component("b"))
        try stage.registry.add(component("c"))
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

    @Test func aChangedCheckKeepsItsStatusUntilItsFirstResult() throws {
        var stage = try stage([component("a")])
        stage.publish(.failure, "a/primary")
        stage.publish(.failure, "a/primary")
        var changed = try CheckRegistry.make(.make("a", checks: [.make("a/primary")]))
        changed.replace(stage.registry, unchanged: [])
        stage.registry = changed
        stage.store.apply(changed)
        let kept = try #require(stage.store.snapshot().checks.first)
        #expect(kept.state.status == .unhealthy)
        #expect(kept.state.consecutiveFailures == 2)
        stage.publish(.failure, "a/primary")
        #expect(stage.store.snapshot().checks.first?.state.consecutiveFailures == 1)
        stage.publish(.success, "a/primary")
        #expect(stage.store.snapshot().checks.first?.state.status == .healthy)
    }
}
