import HealthCore
import HealthTesting
import Testing

/// Checks that start-up never waits for, as heartbeats are, before they have anything to report.
@Suite struct PendingTests {
    private static let beat = Registration.make(
        "worker/beat",
        check: ScriptedCheck(blocksStartup: false),
        thresholds: Thresholds(failure: 1)
    )

    private func pending(_ stage: StatusStage, _ message: String = "never beaten") throws {
        let check = try #require(stage.registry.checks.first { $0.registration.id == Self.beat.id })
        stage.store.record(PendingReport(message: message, moment: stage.time.moment), of: check.handle)
    }

    @Test(arguments: [StartupRequirement.result, .healthy])
    func gatesNothingHoweverLongItIsSilent(startup: StartupRequirement) throws {
        let stage = try StatusStage(
            .make("worker", startup: startup, checks: [Self.beat]),
            .make(
                "mixed",
                startup: startup,
                checks: [.make("mixed/page"), .make("mixed/beat", check: Self.beat.check)]
            )
        )
        #expect(stage.store.verdict().startup.waitingFor == ["mixed"])
        stage.publish(.success, "mixed/page")
        try pending(stage)
        #expect(stage.store.verdict().readiness == .ready)
        stage.time.advance(by: .seconds(86_400))
        stage.publish(.success, "mixed/page")
        try pending(stage)
        let snapshot = stage.store.snapshot()
        #expect(snapshot.verdict.readiness == .ready)
        #expect(snapshot.verdict.service == .healthy)
        #expect(snapshot.verdict.causes.isEmpty)
        #expect(snapshot.components.map(\.state.status) == [.unknown, .healthy])
        let check = try #require(snapshot.checks.first)
        #expect(check.state.status == .unknown && check.state.reason == .pending)
        #expect(check.lastRun == nil && check.message == "never beaten")
        #expect(!stage.drainEvents().contains { $0.hasPrefix("worker") })
    }

    @Test func itsFirstResultDecidesAtOnce() throws {
        let stage = try StatusStage(.make("page"), .make("worker", checks: [Self.beat]))
        stage.publish(.success, "page/primary")
        try pending(stage)
        stage.publish(.failure, "worker/beat")
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
        #expect(stage.store.verdict().causes.map(\.component) == ["worker"])
    }

    @Test func startupThatWaitsForHealthLeavesAMissedHeartbeatAside() throws {
        let stage = try StatusStage(
            .make(
                "mixed",
                startup: .healthy,
                checks: [.make("mixed/page"), .make("mixed/beat", check: Self.beat.check)]
            )
        )
        stage.publish(.failure, "mixed/beat")
        #expect(stage.store.verdict().startup.waitingFor == ["mixed"])
        stage.publish(.success, "mixed/page")
        #expect(stage.store.verdict().startup.waitingFor.isEmpty)
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
    }

    /// Members of a group: a page, and a worker that is one by itself or together with another page.
    private static let members: [[Registration]] = [[beat], [.make("worker/page"), beat]]

    @Test(arguments: [StartupRequirement.result, .healthy], members)
    func aGroupsStartupLeavesAWorkerAside(startup: StartupRequirement, worker: [Registration]) throws {
        for isMissed in [false, true] {
            let stage = try StatusStage(
                [.make("page"), .make("worker", checks: worker)],
                groups: [GroupRegistration(name: "both", members: ["page", "worker"], startup: startup)]
            )
            #expect(stage.store.verdict().startup.waitingFor == ["both"])
            if isMissed { stage.publish(.failure, "worker/beat") } else { try pending(stage) }
            // What is missed makes the group unhealthy whatever the pages say, and so decides it.
            #expect(stage.store.verdict().startup.waitingFor.isEmpty == (isMissed && startup == .result))
            for name in ["page/primary", "worker/page"] { stage.publish(.success, name) }
            #expect(stage.store.verdict().startup.waitingFor.isEmpty)
        }
    }

    @Test func aReloadLetsASilentWorkerGoOn() throws {
        var stage = try StatusStage(.make("worker", checks: [Self.beat]))
        try pending(stage)
        try stage.registry.add(.make("page", impact: .optional))
        stage.store.apply(stage.registry)
        stage.time.advance(by: .seconds(3600))
        #expect(stage.store.snapshot().checks.first?.hasJoined == false)
        #expect(stage.store.snapshot().checks.first?.message == "never beaten")
    }

    @Test func aReloadThatMakesAnotherKindOfItWaitsForThatOne() throws {
        var stage = try StatusStage(.make("page"), .make("worker", checks: [Self.beat]))
        stage.publish(.success, "page/primary")
        try reload(&stage, worker: [.make("worker/beat")])
        #expect(stage.store.verdict().readiness == .ready)
        stage.time.advance(by: .seconds(21))
        stage.publish(.success, "page/primary")
        stage.time.advance(by: .seconds(2))
        #expect(stage.store.verdict().readiness == .notReady(.unknown))
        #expect(stage.store.verdict().causes.map(\.component) == ["worker"])
    }

    /// Reloads with other checks of the worker, while the page goes on.
    private func reload(_ stage: inout StatusStage, worker checks: [Registration]) throws {
        var changed = try CheckRegistry.make(.make("page"), .make("worker", checks: checks))
        changed.replace(stage.registry, unchanged: [CheckID(component: "page", check: "primary")])
        stage.registry = changed
        stage.store.apply(changed)
    }

    @Test(arguments: [ResultKind.success, .degraded])
    func aReloadThatMakesASilentWorkerOfItLeavesWhatIsKnown(kind: ResultKind) throws {
        var stage = try StatusStage(.make("page"), .make("worker", checks: [.make("worker/beat")]))
        stage.publish(.success, "page/primary")
        stage.publish(kind, "worker/beat")
        let before = stage.store.verdict().readiness
        try reload(&stage, worker: [Self.beat])
        for _ in 0..<10 {
            stage.time.advance(by: .seconds(10))
            stage.publish(.success, "page/primary")
            try pending(stage)
        }
        let worker = try #require(stage.store.snapshot().components.last)
        #expect(worker.state.hasJoined && worker.state.status == kind.status)
        #expect(stage.store.verdict().readiness == before)
        stage.publish(.failure, "worker/beat")
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
    }

    @Test func aSilentWorkerThatAReloadAddsLeavesItsComponentWhereItIs() throws {
        let checks = [Registration.make("worker/page"), Self.beat]
        var stage = try StatusStage(.make("page"), .make("worker", checks: [checks[0]]))
        stage.publish(.success, "page/primary")
        stage.publish(.failure, "worker/page")
        try reload(&stage, worker: checks)
        try pending(stage)
        let worker = try #require(stage.store.snapshot().components.last)
        #expect(worker.state.hasJoined && worker.state.status == .unhealthy)
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
    }

    @Test func aReportAfterAResultChangesNothing() throws {
        let stage = try StatusStage(.make("worker", checks: [Self.beat]))
        stage.publish(.failure, "worker/beat")
        stage.time.advance(by: .seconds(20))
        try pending(stage)
        #expect(stage.store.snapshot().checks.first?.state.status == .unhealthy)
        stage.time.advance(by: .seconds(3))
        #expect(stage.store.snapshot().checks.first?.state.reason == .stale)
    }

    @Test func countsNoRunAndKeepsWhatWasMeasured() throws {
        let recorder = MetricsRecorder(identity: .init(name: "a", environment: "b", version: "c", instance: "d"))
        let registry = try CheckRegistry.make(.make("worker", checks: [Self.beat]))
        recorder.apply(registry)
        let handle = try #require(registry.checks.first?.handle)
        let due = Measurement(name: "due", help: "")
        recorder.record(
            PendingReport(message: "", measured: [MeasuredValue(due, 7)], moment: .seconds(3)),
            of: handle
        )
        let metrics = try #require(recorder.snapshot().checks[handle])
        #expect(
            metrics.counts.runs.allSatisfy { $0 == 0 } && metrics.counts.failures.isEmpty && metrics.latency.count == 0
        )
        #expect(metrics.last.timestamp == nil && metrics.last.successTimestamp == nil && metrics.last.duration == nil)
        #expect(metrics.observations.map(\.value) == [7])
        #expect(metrics.observations.map(\.moment) == [.seconds(3)])
    }
}
