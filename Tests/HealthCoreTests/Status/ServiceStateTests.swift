import HealthCore
import Testing

/// The service: the worst of what is passed up.
@Suite struct ServiceStateTests {
    @Test(arguments: [
        (HealthStatus.healthy, HealthStatus.healthy, HealthStatus.healthy),
        (.degraded, .degraded, .degraded),
        (.unknown, .unknown, .degraded),
        (.unhealthy, .unhealthy, .degraded),
    ])
    func impactCapsWhatIsPassedUp(status: HealthStatus, critical: HealthStatus, optional: HealthStatus) {
        for (impact, expected) in [(Impact.critical, critical), (.optional, optional), (.informational, .healthy)] {
            var service = ServiceState()
            service.add(status, impact: impact)
            #expect(service.status == expected, "\(impact)")
            #expect(service.components[status] == 1, "\(impact)")
        }
    }

    @Test func isHealthyWhenNothingIsPassedUp() {
        #expect(ServiceState().status == .healthy)
    }

    @Test func movesWithItsComponents() {
        var service = ServiceState()
        service.add(.unknown, impact: .critical)
        service.add(.healthy, impact: .optional)
        service.componentChanged(from: .unknown, to: .healthy, impact: .critical)
        #expect(service.status == .healthy)
        service.componentChanged(from: .healthy, to: .unhealthy, impact: .optional)
        #expect(service.status == .degraded)
        service.componentChanged(from: .healthy, to: .unhealthy, impact: .critical)
        #expect(service.status == .unhealthy)
        #expect(service.components[.unhealthy] == 2)
        #expect(service.components[.healthy] == 0)
    }

    @Test func causesComeWorstFirstThenInOrderOfRegistration() {
        var service = ServiceState()
        service.noteCheck(0, from: nil, to: .degraded, impact: .critical)
        service.noteCheck(1, from: nil, to: .unhealthy, impact: .optional)
        service.noteCheck(2, from: nil, to: .unhealthy, impact: .critical)
        service.noteCheck(3, from: nil, to: .unknown, impact: .critical)
        service.noteCheck(4, from: nil, to: .unhealthy, impact: .informational)
        service.noteCheck(5, from: nil, to: .healthy, impact: .critical)
        service.noteCheck(6, from: nil, to: .unhealthy, impact: .critical)
        #expect(service.worstChecks(20) == [2, 6, 3, 0, 1])
        #expect(service.worstChecks(3) == [2, 6, 3])
        #expect(service.worstChecks(1) == [2])
    }

    @Test func aCauseGoesWhenItsCheckRecovers() {
        var service = ServiceState()
        service.noteCheck(7, from: nil, to: .unknown, impact: .critical)
        service.noteCheck(7, from: .unknown, to: .unhealthy, impact: .critical)
        #expect(service.worstChecks(20) == [7])
        service.noteCheck(7, from: .unhealthy, to: .healthy, impact: .critical)
        #expect(service.worstChecks(20).isEmpty)
    }
}
