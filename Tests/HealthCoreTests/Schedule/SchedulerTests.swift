import HealthCore
import HealthTesting
import Testing

/// Start and end of the scheduler; what comes between is for the simulation.
@Suite struct SchedulerTests {
    /// A stage that is in the middle of its first run, which takes `behaviour`.
    private func duringARun(
        _ behaviour: ScriptedCheck.Behaviour,
        limits: Agenda.Limits = Agenda.Limits()
    ) throws -> SchedulerStage {
        let stage = try SchedulerStage([behaviour], limits: limits)
        while stage.starts == 0, stage.simulation.clock.now.offset < .seconds(20) {
            stage.simulation.run(until: .zero.advanced(by: stage.simulation.clock.now.offset + .milliseconds(1)))
        }
        #expect(stage.starts == 1)
        #expect(stage.kinds.isEmpty)
        return stage
    }

    @Test func runsOncePerInterval() throws {
        let stage = try SchedulerStage([.report(.success, after: .milliseconds(5))])
        stage.simulation.run(until: .seconds(100))
        #expect((10...11).contains(stage.starts))
        #expect(stage.kinds == Array(repeating: .success, count: stage.starts))
    }

    @Test func theFirstRunComesWithinASecond() throws {
        let stage = try SchedulerStage([.report(.success, after: .zero)])
        stage.simulation.run(until: .milliseconds(1002))
        #expect(stage.starts >= 1)
    }

    @Test func beatsAtLeastOnceASecond() throws {
        let stage = try SchedulerStage([.report(.success, after: .zero)])
        let before = stage.scheduler.progress.count
        stage.simulation.run(until: .seconds(60))
        #expect(stage.scheduler.progress.count - before >= 60)
        #expect(stage.scheduler.progress.name == "scheduler")
    }

    @Test func abortedRunsArePublishedAsOurOwnTrouble() throws {
        let stage = try duringARun(.report(.success, after: .seconds(1)))
        stage.scheduler.stopStarting()
        stage.scheduler.abortRuns()
        stage.simulation.drain()
        #expect(stage.kinds == [.internal])
        #expect(stage.scheduler.activity.runs == 0)
        #expect(!stage.isOver)
    }

    @Test func aFinishRightAfterAnAbortStillAborts() throws {
        let stage = try duringARun(.report(.success, after: .seconds(1)))
        stage.scheduler.abortRuns()
        stage.scheduler.finish()
        stage.simulation.drain()
        #expect(stage.kinds == [.internal])
        #expect(stage.isOver)
    }

    @Test func anAbortStartsNoRunOfTheSameCheck() throws {
        let stage = try duringARun(.report(.success, after: .seconds(1)))
        stage.scheduler.abortRuns()
        stage.simulation.drain()
        #expect(stage.starts == 1)
    }

    @Test func finishWaitsForTheRunsInFlight() throws {
        let stage = try duringARun(.report(.success, after: .seconds(1)))
        stage.scheduler.finish()
        stage.simulation.drain()
        #expect(!stage.isOver)
        let handles = try CheckRegistry.make(.make()).checks.map(\.handle)
        #expect(stage.scheduler.nextDue(handles) == [nil])
        stage.simulation.run(until: .seconds(30))
        #expect(stage.isOver)
        #expect(stage.kinds == [.success])
        #expect(stage.starts == 1)
    }

    @Test func cancellationAbortsAndReturns() throws {
        let stage = try duringARun(.report(.success, after: .seconds(1)))
        stage.task.cancel()
        stage.simulation.drain()
        #expect(stage.kinds == [.internal])
        #expect(stage.isOver)
    }

    @Test func afterStopStartingRunsFinishAndNoneBegins() throws {
        let stage = try duringARun(.report(.success, after: .seconds(1)))
        stage.scheduler.stopStarting()
        stage.simulation.run(until: .seconds(120))
        #expect(stage.starts == 1)
        #expect(stage.kinds == [.success])
        #expect(!stage.isOver)
        let handles = try CheckRegistry.make(.make()).checks.map(\.handle)
        #expect(stage.scheduler.nextDue(handles) == [nil])
        stage.scheduler.finish()
        stage.simulation.drain()
        #expect(stage.isOver)
    }

    @Test func aHungRunOfARemovedCheckFreesItsPlaceAtItsDeadline() throws {
        let stage = try duringARun(.ignoringCancellation(for: .seconds(60)), limits: .init(runsInFlight: 1))
        var registry = try stage.registry.removing("db")
        try registry.add(.make("cache"))
        stage.scheduler.apply(registry)
        stage.simulation.run(until: .seconds(10))
        var (freed, started): (Moment?, Moment?) = (nil, nil)
        for event in stage.sink.events {
            switch event {
            case .published(_, let result, _) where result.kind == .timeout: freed = result.moment
            case .started(_, _, let moment) where freed != nil: started = started ?? moment
            default: break
            }
        }
        #expect(started != nil)
        #expect(started == freed)
        stage.scheduler.finish()
        stage.simulation.end()
        #expect(stage.isOver)
    }

    @Test func waitingUntilIdleEndsWithTheLastRunOrAtItsLimit() throws {
        let stage = try duringARun(.report(.success, after: .seconds(1)))
        let now = Moment.zero.advanced(by: stage.simulation.clock.now.offset)
        let ends = Shared<[Moment]>([])
        for limit in [Duration.milliseconds(100), .seconds(5)] {
            stage.simulation.spawn { [scheduler = stage.scheduler, clock = stage.simulation.clock] in
                await scheduler.waitUntilIdle(until: now.advanced(by: limit))
                ends.withLock { $0.append(.zero.advanced(by: clock.now.offset)) }
            }
        }
        stage.simulation.run(until: now.advanced(by: .seconds(8)))
        let ended = ends.withLock { $0 }
        #expect(ended.first == now.advanced(by: .milliseconds(100)))
        #expect(ended.last.map { now.duration(to: $0) < .milliseconds(1020) } == true)
        #expect(ended.count == 2)
    }

    @Test func overdueRunsAreWaitedForOnlyOnRequest() throws {
        let stage = try duringARun(.ignoringCancellation(for: .seconds(8)))
        let now = Moment.zero.advanced(by: stage.simulation.clock.now.offset)
        let ends = Shared<[Duration]>([])
        for counting in [false, true] {
            stage.simulation.spawn { [scheduler = stage.scheduler, clock = stage.simulation.clock] in
                await scheduler.waitUntilIdle(until: now.advanced(by: .seconds(30)), countingOverdue: counting)
                ends.withLock { $0.append(now.duration(to: .zero.advanced(by: clock.now.offset))) }
            }
        }
        stage.simulation.run(until: now.advanced(by: .milliseconds(8100)))
        let ended = ends.withLock { $0 }
        #expect(ended.count == 2)
        #expect(ended.first.map { $0 < .milliseconds(2100) } == true)
        #expect(ended.last.map { $0 > .milliseconds(7900) } == true)
    }
}
