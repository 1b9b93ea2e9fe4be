import HealthCore
import HealthTesting
import Testing

/// One sleeper, woken by time, by a ring, or by cancellation.
@Suite struct AlarmTests {
    private let simulation = Simulation()

    /// Sleeps until 10 s while `meanwhile` happens at 3 s; returns when it woke.
    private func wakes(after meanwhile: (Alarm<ManualClock>, Task<Void, Never>) -> Void) -> Moment? {
        let (timeline, woken) = (simulation.timeline(), Shared<Moment?>(nil))
        let alarm = Alarm(timeline: timeline)
        let task = simulation.spawn {
            await alarm.sleep(until: .seconds(10))
            woken.withLock { $0 = timeline.moment }
        }
        simulation.run(until: .seconds(3))
        meanwhile(alarm, task)
        simulation.run(until: .seconds(60))
        return woken.withLock { $0 }
    }

    @Test func sleepsUntilItsMoment() {
        #expect(wakes { _, _ in } == .seconds(10))
    }

    @Test func aRingWakesAtOnce() {
        #expect(wakes { alarm, _ in alarm.ring() } == .seconds(3))
        #expect(simulation.clock.sleeperCount == 0)
    }

    @Test func cancellationWakesAtOnce() {
        #expect(wakes { _, task in task.cancel() } == .seconds(3))
    }

    @Test(arguments: [(9, 3), (10, 10), (11, 10)])
    func aRingForAMomentWakesOnlyWhoWouldSleepPastIt(due: Int, woken: Int) {
        #expect(wakes { alarm, _ in alarm.ring(before: .seconds(Double(due))) } == .seconds(Double(woken)))
    }

    @Test func aRingBeforeTheSleepIsKeptOnce() {
        let (timeline, woken) = (simulation.timeline(), Shared<[Moment]>([]))
        let alarm = Alarm(timeline: timeline)
        alarm.ring()
        alarm.ring()
        simulation.spawn {
            for due in [10.0, 20] {
                await alarm.sleep(until: .seconds(due))
                woken.withLock { $0.append(timeline.moment) }
            }
        }
        simulation.run(until: .seconds(60))
        #expect(woken.withLock { $0 } == [.zero, .seconds(20)])
    }
}
