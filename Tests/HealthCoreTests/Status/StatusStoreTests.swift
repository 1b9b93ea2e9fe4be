import HealthCore
import HealthTesting
import Testing

/// Results in, events out, and an answer at any time; checks every 10 s with an age limit of 22 s.
@Suite struct StatusStoreTests {
    @Test func tellsWhatHappenedFromTheCheckUpwards() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        #expect(
            stage.drainEvents() == [
                "db/primary unknown→healthy", "db unknown→healthy", "service unknown→healthy (first)", "started",
                "readiness not_ready→ready",
            ]
        )
        for _ in 0..<3 { stage.publish(.failure, "db/primary") }
        #expect(
            stage.drainEvents() == [
                "db/primary healthy→unhealthy", "db healthy→unhealthy", "service healthy→unhealthy",
                "readiness ready→not_ready",
            ]
        )
    }

    @Test func aFailingOptionalComponentDegrades() throws {
        let stage = try StatusStage(.make("cache", impact: .optional))
        stage.publish(.failure, "cache/primary")
        let verdict = stage.store.verdict()
        #expect(verdict.readiness == .degraded)
        #expect(verdict.service == .degraded)
        #expect(verdict.components[.unhealthy] == 1)
        #expect(verdict.causes.map { "\($0.component)/\($0.check ?? "")" } == ["cache/primary"])
    }

    @Test func aReaderAloneSeesThatAStatusIsTooOld() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        _ = stage.drainEvents()
        stage.time.advance(by: .seconds(22))
        #expect(stage.store.verdict().readiness == .ready)
        #expect(stage.drainEvents().isEmpty)
        stage.time.advance(by: .nanoseconds(1))
        let verdict = stage.store.verdict()
        #expect(verdict.readiness == .notReady(.unknown))
        #expect(verdict.causes.first?.reason == .stale)
        #expect(
            stage.drainEvents() == [
                "db/primary healthy→unknown", "db healthy→unknown", "service healthy→unknown",
                "readiness ready→not_ready",
            ]
        )
    }

    @Test func tellsWhenTheNextStatusMayExpire() throws {
        let stage = try StatusStage(.make("a"), .make("b"))
        #expect(stage.store.expire() == nil)
        stage.publish(.success, "a/primary")
        stage.time.advance(by: .seconds(5))
        stage.publish(.success, "b/primary")
        #expect(stage.store.expire() == .seconds(22))
        stage.publish(.success, "a/primary")
        stage.time.advance(to: .seconds(23))
        #expect(stage.store.expire() == .seconds(27))
        #expect(stage.store.snapshot().checks.map(\.state.status) == [.healthy, .healthy])
        stage.time.advance(to: .seconds(28))
        #expect(stage.store.expire() == nil)
        #expect(stage.store.snapshot().checks.map(\.state.status) == [.unknown, .unknown])
    }

    @Test func aCheckThatComesBackIsWatchedAgain() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        stage.time.advance(by: .seconds(30))
        stage.publish(.success, "db/primary")
        #expect(stage.store.verdict().service == .healthy)
        stage.time.advance(by: .seconds(30))
        #expect(stage.store.verdict().service == .unknown)
    }

    @Test func anOverdueSlotCountsAsOneMoreTimeoutAndKeepsTheStatusFresh() throws {
        let stage = try StatusStage(.make("db"))
        let handle = try #require(stage.registry.checks.first?.handle)
        stage.publish(.success, "db/primary")
        stage.time.advance(by: .seconds(20))
        #expect(stage.publish(.timeout, "db/primary"))
        _ = stage.drainEvents()
        let first = stage.store.slotPassedWhileOverdue(handle, at: stage.time.moment)
        #expect(first?.wantsConfirmation == true && first?.state.consecutiveFailures == 2)
        #expect(stage.drainEvents() == ["db/primary overdue"])
        stage.time.advance(by: .seconds(20))
        let second = stage.store.slotPassedWhileOverdue(handle, at: stage.time.moment)
        let check = try #require(stage.store.snapshot().checks.first)
        #expect(second?.wantsConfirmation == false && second?.registration.id == check.registration.id)
        #expect(stage.drainEvents().prefix(2) == ["db/primary overdue", "db/primary healthy→unhealthy"])
        #expect(check.state.status == .unhealthy)
        #expect(check.state.reason == .timeout)
        #expect(check.state.consecutiveFailures == 3)
        #expect(check.lastRun?.moment == .seconds(20))
    }

    @Test func remembersTheLastRunAndTheLastSuccess() throws {
        let stage = try StatusStage(.make("db"))
        for kind in [ResultKind.success, .degraded, .failure, .internal] {
            stage.time.advance(by: .seconds(1))
            stage.publish(kind, "db/primary")
        }
        let check = try #require(stage.store.snapshot().checks.first)
        #expect(check.lastRun?.kind == .internal)
        #expect(check.lastSuccess == .newYear2026.advanced(by: .seconds(2)))
    }

    @Test func startupWaitsForTasksAndComponents() throws {
        let stage = try StatusStage(.make("db"), .make("cache", impact: .optional), tasks: ["listeners"])
        #expect(stage.store.verdict().startup.waitingFor == ["listeners", "db"])
        #expect(stage.store.verdict().readiness == .notReady(.starting))
        stage.store.finishStartup(task: "listeners")
        #expect(stage.store.verdict().startup.waitingFor == ["db"])
        stage.publish(.failure, "db/primary")
        #expect(stage.store.verdict().startup.waitingFor.isEmpty)
        #expect(stage.store.verdict().hasStarted)
        #expect(stage.store.verdict().readiness == .notReady(.unhealthy))
    }

    @Test func anInternalErrorIsAResultForStartup() throws {
        let stage = try StatusStage(.make("db"), .make("app"))
        stage.publish(.success, "app/primary")
        _ = stage.drainEvents()
        stage.publish(.internal, "db/primary")
        #expect(
            stage.drainEvents() == ["db/primary unknown→unknown: internal", "started", "readiness not_ready→not_ready"]
        )
        #expect(stage.store.verdict().readiness == .notReady(.unknown))
        #expect(stage.store.verdict().causes.map(\.reason) == [.internal])
        stage.publish(.internal, "db/primary")
        #expect(stage.drainEvents().isEmpty)
        stage.publish(.success, "db/primary")
        #expect(stage.store.verdict().readiness == .ready)
    }

    @Test func whatAReloadAddsDoesNotJoinWithAnInternalError() throws {
        var stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        try stage.registry.add(.make("app"))
        stage.store.apply(stage.registry)
        stage.publish(.internal, "app/primary")
        #expect(stage.store.verdict().readiness == .ready)
        stage.publish(.success, "app/primary")
        #expect(stage.store.snapshot().checks.map(\.hasJoined) == [true, true])
    }

    @Test func aStaleStatusIsThatOldSinceItBecameSo() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        stage.time.advance(by: .seconds(600))
        let snapshot = stage.store.snapshot()
        let moment = Timestamp.newYear2026.advanced(by: .seconds(22))
        #expect(snapshot.checks.first?.state.since == moment)
        #expect(snapshot.components.first?.state.since == moment)
        #expect(snapshot.verdict.causes.map(\.since) == [moment])
    }

    @Test func nothingBecomesTooOldOnceNoMoreResultsCome() throws {
        var stage = try StatusStage(.make("db"), .make("app"))
        stage.publish(.success, "db/primary")
        stage.store.shutDown()
        stage.store.stopAging()
        _ = stage.drainEvents()
        stage.publish(.internal, "app/primary")
        stage.time.advance(by: .seconds(600))
        #expect(stage.store.expire() == nil)
        #expect(stage.store.snapshot().checks.map(\.state.status) == [.healthy, .unknown])
        try stage.registry.add(.make("new"))
        stage.store.apply(stage.registry)
        stage.time.advance(by: .seconds(600))
        #expect(stage.store.snapshot().checks.map(\.state.status) == [.healthy, .unknown, .unknown])
        #expect(stage.drainEvents().isEmpty)
    }

    @Test func causesAreSortedByTheirOwnStatus() throws {
        let stage = try StatusStage(.make("a"), .make("b", impact: .optional), .make("c", impact: .optional))
        stage.publish(.degraded, "a/primary")
        stage.publish(.failure, "b/primary")
        let causes = stage.store.verdict().causes
        #expect(causes.map(\.component) == ["b", "c", "a"])
        #expect(causes.map(\.status) == [.unhealthy, .unknown, .degraded])
    }

    @Test func shuttingDownIsForGood() throws {
        let stage = try StatusStage(.make("db"))
        stage.publish(.success, "db/primary")
        stage.store.shutDown()
        stage.publish(.success, "db/primary")
        #expect(stage.store.verdict().readiness == .notReady(.shuttingDown))
        #expect(stage.store.verdict().hasStarted)
        #expect(stage.drainEvents().suffix(1) == ["readiness ready→not_ready"])
    }

    @Test func unknownMayDegradeOnceTheServiceWasReady() throws {
        let stage = try StatusStage(.make("db"), policy: .degraded)
        #expect(stage.store.verdict().readiness == .notReady(.starting))
        stage.publish(.success, "db/primary")
        stage.time.advance(by: .seconds(60))
        #expect(stage.store.verdict().readiness == .degraded)
    }

    @Test func namesAtMostTwentyCauses() throws {
        let checks = (0..<30).map { Registration.make("db/c\($0)") }
        let stage = try StatusStage(.make("db", checks: checks))
        for number in 0..<30 { stage.publish(number < 25 ? .degraded : .failure, "db/c\(number)") }
        let causes = stage.store.verdict().causes
        #expect(causes.count == 20)
        #expect(causes.prefix(6).map(\.check) == ["c25", "c26", "c27", "c28", "c29", "c0"])
        #expect(causes.first?.failures == 1)
        #expect(causes.first?.since == .newYear2026)
    }

    @Test func aComponentNamesTheReasonOfItsFirstWorstCheck() throws {
        let stage = try StatusStage(.make("db", checks: [.make("db/a"), .make("db/b"), .make("db/c")]))
        stage.publish(.success, "db/a")
        stage.publish(.timeout, "db/b")
        stage.publish(.failure, "db/c")
        let snapshot = stage.store.snapshot()
        let component = try #require(snapshot.components.first)
        #expect(snapshot.reason(of: component) == .timeout)
    }

    @Test func aTransitionNamesTheReasonOfTheCheckThatIsStillBad() throws {
        let stage = try StatusStage(.make("db", checks: [.make("db/a"), .make("db/b")]))
        stage.publish(.degraded, "db/b")
        stage.publish(.failure, "db/a")
        stage.publish(.success, "db/a")
        let component = try #require(stage.store.snapshot().components.first)
        let degraded = try #require(stage.registry.checks.last).handle
        #expect(component.state.transitions.map(\.to) == [.unhealthy, .degraded])
        #expect(component.state.transitions.last?.reason == stage.store.status(of: degraded)?.state.reason)
        #expect(component.state.transitions.last?.reason != nil)
    }
}
