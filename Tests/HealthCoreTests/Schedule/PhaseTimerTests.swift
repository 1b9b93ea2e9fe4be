import HealthCore
import HealthTesting
import Testing

/// How long each phase of a run took.
@Suite struct PhaseTimerTests {
    private let time = ManualTime()

    @Test func timesEachPhaseUntilTheNext() {
        let timer = PhaseTimer(time: time)
        time.advance(by: .milliseconds(100))
        timer.enter(.resolve)
        time.advance(by: .milliseconds(5))
        timer.enter(.connect)
        time.advance(by: .milliseconds(7))
        timer.finish()
        time.advance(by: .milliseconds(11))
        let durations = timer.durations
        #expect(RunPhase.allCases.map { durations[$0] } == [5, 7, 0, 0, 0, 0].map { .milliseconds($0) })
        #expect(timer.current == nil)
    }

    @Test func thePhaseUnderWayCountsUntilNow() {
        let timer = PhaseTimer(time: time)
        timer.enter(.tls)
        time.advance(by: .milliseconds(3))
        #expect(timer.durations[.tls] == .milliseconds(3))
        time.advance(by: .milliseconds(3))
        #expect(timer.durations[.tls] == .milliseconds(6))
        #expect(timer.current == .tls)
    }

    @Test func aPhaseEnteredAgainAddsUp() {
        let timer = PhaseTimer(time: time)
        for phase in [RunPhase.connect, .request, .connect] {
            timer.enter(phase)
            time.advance(by: .milliseconds(2))
        }
        #expect(timer.durations[.connect] == .milliseconds(4))
        timer.finish()
        #expect(timer.durations[.connect] == .milliseconds(4))
        #expect(timer.durations[.request] == .milliseconds(2))
    }
}
