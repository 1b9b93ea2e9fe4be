import HealthCore
import HealthTesting
import Testing

/// One run: published at its answer or its deadline, whichever comes first, and over when the check has returned.
@Suite struct CheckRunnerTests {
    private struct Trace: Sendable {
        var published: [RunResult] = []
        var pending: [PendingReport] = []
        var returnedAt: Moment?
    }

    private func run(
        _ behaviour: ScriptedCheck.Behaviour,
        cancelAt: Moment? = nil,
        until end: Moment = .seconds(60)
    ) -> Trace {
        let simulation = Simulation()
        let (timeline, trace) = (simulation.timeline(), Shared(Trace()))
        let registration = Registration.make(check: ScriptedCheck([behaviour], on: simulation.clock))
        let task = simulation.spawn {
            let runner = CheckRunner(timeline: timeline)
            await runner(
                .init(registration: registration, traceID: TraceID(high: 0, low: 9)) { result in
                    trace.withLock { $0.published.append(result) }
                } pending: { report in
                    trace.withLock { $0.pending.append(report) }
                }
            )
            trace.withLock { $0.returnedAt = timeline.moment }
        }
        if let cancelAt {
            simulation.run(until: cancelAt)
            task.cancel()
        }
        simulation.run(until: end)
        simulation.end()
        return trace.withLock { $0 }
    }

    @Test func anAnswerIsPublishedWhenItComes() {
        let trace = run(.report(.success, after: .milliseconds(300)))
        #expect(trace.published.map(\.kind) == [.success])
        #expect(trace.published.first?.moment == .milliseconds(300))
        #expect(trace.returnedAt == .milliseconds(300))
    }

    @Test func aCheckWithNothingToReportYetHasNoResult() {
        let trace = run(.report(.pending, after: .milliseconds(300)))
        #expect(trace.published.isEmpty)
        #expect(trace.pending == [PendingReport(message: "", moment: .milliseconds(300))])
        #expect(trace.returnedAt == .milliseconds(300))
    }

    @Test func nothingToReportIsATimeoutWhenItComesTooLate() {
        let trace = run(.report(.pending, after: .seconds(30)))
        #expect(trace.published.map(\.kind) == [.timeout])
        #expect(trace.pending.isEmpty)
    }

    @Test func aTimeoutIsPublishedAtTheDeadlineAndCancelsTheCheck() {
        let trace = run(.report(.success, after: .seconds(30)))
        #expect(trace.published.map(\.kind) == [.timeout])
        #expect(trace.published.first?.moment == .seconds(2))
        #expect(trace.returnedAt == .seconds(2))
    }

    @Test func aCheckDeafToCancellationIsPublishedInTimeAndReturnsLater() {
        let trace = run(.ignoringCancellation(for: .seconds(30)))
        #expect(trace.published.map(\.kind) == [.timeout])
        #expect(trace.published.first?.moment == .seconds(2))
        #expect(trace.returnedAt == .seconds(30))
    }

    @Test func aCancelledRunIsPublishedAtOnceAsOurOwnTrouble() {
        let trace = run(.report(.success, after: .seconds(1)), cancelAt: .milliseconds(500))
        #expect(trace.published.map(\.kind) == [.internal])
        #expect(trace.published.first?.moment == .milliseconds(500))
        #expect(trace.returnedAt == .milliseconds(500))
    }

    @Test func aCancelledRunOfADeafCheckIsPublishedAtOnceToo() {
        let trace = run(.ignoringCancellation(for: .seconds(1)), cancelAt: .milliseconds(500))
        #expect(trace.published.map(\.kind) == [.internal])
        #expect(trace.published.first?.moment == .milliseconds(500))
        #expect(trace.returnedAt == .seconds(1))
    }

    @Test func theCheckLearnsItsTimeoutAndTraceID() {
        let seen = Shared<[RunContext]>([])
        let simulation = Simulation()
        let timeline = simulation.timeline()
        let check = ScriptedCheck { context in
            seen.withLock { $0.append(context) }
            return CheckReport(.success)
        }
        simulation.spawn {
            let run = CheckRunner<ManualClock>.Run(registration: .make(check: check), traceID: TraceID(high: 0, low: 9))
            { _ in }
            await CheckRunner(timeline: timeline)(run)
        }
        simulation.end()
        let contexts = seen.withLock { $0 }
        #expect(contexts.map(\.timeout) == [.seconds(2)])
        #expect(contexts.map(\.traceID) == [TraceID(high: 0, low: 9)])
    }
}
