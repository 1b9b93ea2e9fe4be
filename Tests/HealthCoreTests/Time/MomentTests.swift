import HealthCore
import HealthTesting
import Testing

/// Arithmetic on the monotonic time line.
@Suite struct MomentTests {
    @Test(arguments: [
        (Moment.zero, Duration.seconds(1), Moment(nanoseconds: 1_000_000_000)),
        (Moment(nanoseconds: 5), .nanoseconds(-6), Moment(nanoseconds: -1)),
        (.distantFuture, .nanoseconds(1), .distantFuture),
        (.distantFuture, .seconds(Int64.max), .distantFuture),
        (.zero, .seconds(Int64.max), .distantFuture),
        (.zero, .seconds(Int64.min), Moment(nanoseconds: .min)),
        (Moment(nanoseconds: .min), .nanoseconds(-1), Moment(nanoseconds: .min)),
    ])
    func advancesAndStopsAtItsEnds(moment: Moment, duration: Duration, result: Moment) {
        #expect(moment.advanced(by: duration) == result)
    }

    @Test(arguments: [
        (Moment.zero, Moment(nanoseconds: 7), Duration.nanoseconds(7)),
        (Moment(nanoseconds: 7), .zero, .nanoseconds(-7)),
        (.zero, .distantFuture, .nanoseconds(Int64.max)),
        (Moment(nanoseconds: -2), .distantFuture, .nanoseconds(Int64.max) + .nanoseconds(2)),
    ])
    func tellsTheTimeBetween(earlier: Moment, later: Moment, duration: Duration) {
        #expect(earlier.duration(to: later) == duration)
    }

    @Test(
        arguments: [
            (Duration.zero, 0),
            (.nanoseconds(1), 1),
            (.nanoseconds(-1), -1),
            (Duration(secondsComponent: 0, attosecondsComponent: 999_999_999), 0),
            (Duration(secondsComponent: 0, attosecondsComponent: -999_999_999), 0),
            (.milliseconds(-1500), -1_500_000_000),
            (.seconds(9_223_372_036), 9_223_372_036_000_000_000),
            (Duration(secondsComponent: 9_223_372_036, attosecondsComponent: 999_999_999_999_999_999), .max),
            (Duration(secondsComponent: -9_223_372_036, attosecondsComponent: -999_999_999_999_999_999), .min),
            (.seconds(Int64.max), .max),
            (.seconds(Int64.min), .min),
        ] as [(Duration, Int64)]
    )
    func durationsHaveWholeNanosecondsCutOffAtTheirEnds(duration: Duration, nanoseconds: Int64) {
        #expect(duration.wholeNanoseconds == nanoseconds)
    }

    @Test(arguments: [(Duration.milliseconds(250), 0.25), (.seconds(30), 30), (.milliseconds(-500), -0.5), (.zero, 0)])
    func durationsHaveSeconds(duration: Duration, seconds: Double) {
        #expect(duration.seconds == seconds)
    }

    @Test func aTimelineCountsFromItsStart() {
        let simulation = Simulation()
        simulation.run(until: .seconds(5))
        let timeline = simulation.timeline()
        #expect(timeline.moment == .zero)
        simulation.run(until: .seconds(7))
        #expect(timeline.moment == .seconds(2))
        #expect(timeline.timestamp == .newYear2026.advanced(by: .seconds(2)))
    }

    @Test func aTimelineSleepsUntilAMoment() {
        let simulation = Simulation()
        let timeline = simulation.timeline()
        let wokenAt = Shared<Moment?>(nil)
        simulation.spawn {
            try? await timeline.sleep(until: .seconds(3))
            wokenAt.withLock { $0 = timeline.moment }
        }
        simulation.run(until: .milliseconds(2999))
        #expect(wokenAt.withLock { $0 } == nil)
        simulation.run(until: .seconds(4))
        #expect(wokenAt.withLock { $0 } == .seconds(3))
    }
}
