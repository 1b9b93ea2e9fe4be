import HealthCore
import HealthTesting
import Testing

/// Defaults that follow from what is given, and what no programmer may give.
@Suite struct RegistrationTests {
    @Test(arguments: [
        (Duration.milliseconds(100), Duration.milliseconds(100)),
        (.seconds(1), .seconds(1)),
        (.seconds(3), .seconds(1)),
        (.seconds(10), .seconds(2)),
        (.seconds(60), .seconds(12)),
    ])
    func confirmIntervalIsAFifthButAtLeastASecond(interval: Duration, confirm: Duration) {
        #expect(Schedule(interval: interval, timeout: .milliseconds(50)).confirmInterval == confirm)
    }

    @Test func maximumAgeIsTwoIntervalsAndATimeout() {
        #expect(Schedule(interval: .seconds(10), timeout: .seconds(2)).maximumAge == .seconds(22))
    }

    @Test func whatIsGivenIsKept() {
        let schedule = Schedule(
            interval: .seconds(10),
            timeout: .seconds(2),
            confirmInterval: .seconds(9),
            maximumAge: .seconds(12)
        )
        #expect(schedule.confirmInterval == .seconds(9))
        #expect(schedule.maximumAge == .seconds(12))
    }

    @Test func startupWaitsForCriticalComponentsOnly() {
        #expect(ComponentRegistration.make(impact: .critical).startup == .result)
        #expect(ComponentRegistration.make(impact: .optional).startup == .none)
        #expect(ComponentRegistration.make(impact: .informational).startup == .none)
        #expect(ComponentRegistration.make(impact: .optional, startup: .healthy).startup == .healthy)
    }

    @Test func thresholdsBelowOneStopTheProgram() async {
        await #expect(processExitsWith: .failure) { _ = Thresholds(failure: 0) }
        await #expect(processExitsWith: .failure) { _ = Thresholds(success: 0) }
        await #expect(processExitsWith: .success) { _ = Thresholds(failure: 1, success: 1) }
    }

    @Test func countsOfNothingAreHealthy() {
        #expect(StatusCounts().worst == .healthy)
    }

    @Test(arguments: [
        ([HealthStatus.healthy, .degraded], HealthStatus.degraded),
        ([.unknown, .degraded], .unknown),
        ([.unhealthy, .unknown, .healthy], .unhealthy),
    ])
    func theWorstStatusCounts(statuses: [HealthStatus], worst: HealthStatus) {
        var counts = StatusCounts()
        for status in statuses { counts[status] += 1 }
        #expect(counts.worst == worst)
        counts.move(from: worst, to: .healthy)
        #expect(counts.worst < worst)
        #expect(counts[worst] == 0)
    }

    @Test func everyReasonHasAHintOfItsOwn() {
        let hints = FailureReason.allCases.map(\.hint)
        #expect(Set(hints).count == hints.count)
        #expect(hints.allSatisfy { $0.hasSuffix(".") && !$0.contains("\n") })
    }

    @Test func reasonsAreLabelValues() {
        let allowed = Set("abcdefghijklmnopqrstuvwxyz_")
        #expect(FailureReason.allCases.allSatisfy { $0.rawValue.allSatisfy(allowed.contains) })
    }
}
