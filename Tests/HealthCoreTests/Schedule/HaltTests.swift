import HealthCore
import HealthTesting
import Testing

/// What was missed while the process stood still.
@Suite struct HaltTests {
    private static let count = 2000

    private static func handle(_ number: Int) -> CheckHandle { CheckHandle(number: number) }

    /// Checks every 10 s, evenly spread, none of which runs.
    private static func agenda() -> Agenda {
        var agenda = Agenda()
        for number in 0..<count {
            let phase = Moment.milliseconds(number * 10_000 / count)
            let grid = SlotGrid(phase: phase, interval: .seconds(10))
            agenda.add(handle(number), grid: grid, timeout: .seconds(1), first: phase)
        }
        _ = agenda.advance(to: .seconds(10))
        for number in 0..<count { agenda.finished(handle(number)) }
        return agenda
    }

    @Test func overdueChecksAreSpreadAsAtTheStart() {
        var agenda = Self.agenda()
        let end = Moment.seconds(3600)
        agenda.resume(at: end)
        #expect(agenda.advance(to: end).count <= 2)
        // 2,000 checks: over two seconds.
        let dues = (0..<Self.count).compactMap { agenda.nextDue(Self.handle($0)) }
        #expect(dues.allSatisfy { $0 >= end && $0 <= end.advanced(by: .seconds(2)) || $0 == .seconds(3610) })
        for half in 1...4 {
            let now = end.advanced(by: .milliseconds(half * 500))
            let starts = agenda.advance(to: now).count { if case .start = $0 { true } else { false } }
            #expect((495...505).contains(starts), "\(starts) by \(half * 500) ms")
        }
    }

    @Test func backOnTheGridAfterThat() {
        var agenda = Self.agenda()
        agenda.resume(at: .seconds(3600))
        let now = Moment.seconds(3602)
        _ = agenda.advance(to: now)
        for number in 0..<Self.count {
            agenda.finished(Self.handle(number))
            agenda.published(Self.handle(number), at: now, confirmIn: nil)
        }
        #expect(agenda.nextDue(Self.handle(1000)) == .seconds(3605))
        #expect(agenda.nextDue(Self.handle(1)) == .seconds(3610).advanced(by: .milliseconds(5)))
    }

    @Test func aRunThatGoesOnAndASlotToComeStayAsTheyAre() {
        var agenda = Agenda()
        let (running, later) = (Self.handle(0), Self.handle(1))
        agenda.add(running, grid: .init(phase: .zero, interval: .seconds(10)), timeout: .seconds(1), first: .zero)
        agenda.add(
            later,
            grid: .init(phase: .zero, interval: .seconds(9000)),
            timeout: .seconds(1),
            first: .seconds(8000)
        )
        #expect(agenda.advance(to: .zero).count == 1)
        agenda.resume(at: .seconds(3600))
        #expect(agenda.advance(to: .seconds(3600)) == [.skip(running, slot: .seconds(10), .overlap, overdue: false)])
        #expect(agenda.nextDue(later) == .seconds(8000))
    }

    @Test func oneHaltAfterTheOtherStarvesNobody() {
        var agenda = Self.agenda()
        var started: Set<CheckHandle> = []
        // Every minute it runs for a moment, too short for what was put off.
        for minute in 60...61 {
            let now = Moment.seconds(Double(minute) * 60)
            agenda.resume(at: now)
            for case .start(let handle, _) in agenda.advance(to: now) { started.insert(handle) }
        }
        #expect(started.count == Self.count)
    }

    @Test func whatRanSinceIsPutOffAgain() {
        var agenda = Agenda()
        let handle = Self.handle(0)
        let grid = SlotGrid(phase: .seconds(5), interval: .seconds(10))
        agenda.add(handle, grid: grid, timeout: .seconds(1), first: .seconds(5))
        for minute in 1...3 {
            let now = Moment.seconds(Double(minute) * 60)
            agenda.resume(at: now)
            #expect(agenda.advance(to: now).isEmpty)
            let later = now.advanced(by: grid.firstDelay(amongChecks: 1))
            #expect(agenda.advance(to: later) == [.start(handle, slot: later)])
            agenda.finished(handle)
            agenda.published(handle, at: later, confirmIn: nil)
        }
    }

    @Test func theSchedulerNoticesAHaltByItself() throws {
        let simulation = Simulation()
        let timeline = simulation.timeline()
        let sink = RecordingSink(time: timeline)
        let scheduler = Scheduler(
            configuration: .init(instance: "a") { TraceID(high: 0, low: 1) },
            timeline: timeline,
            sink: sink
        )
        let checks = (0..<100).map { number in
            Registration.make(
                "db/c\(number)",
                check: ScriptedCheck([.report(.success, after: .zero)], on: simulation.clock)
            )
        }
        scheduler.apply(try CheckRegistry.make(.make(checks: checks)))
        let task = simulation.spawn { await scheduler.run() }
        simulation.run(until: .seconds(20))
        _ = sink.drainEvents()
        simulation.clock.jump(by: .seconds(3600))
        simulation.run(until: .seconds(3622))
        let starts = sink.drainEvents().compactMap { event in
            if case .started(_, _, let moment) = event { moment } else { nil }
        }
        #expect(starts.count >= 100)
        let atOnce = Dictionary(grouping: starts) { $0 }.values.map(\.count).max() ?? 0
        #expect(atOnce < 20, "\(atOnce) runs began at one moment")
        scheduler.finish()
        simulation.end()
        task.cancel()
    }
}
