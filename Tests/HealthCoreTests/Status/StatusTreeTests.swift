import HealthCore
import Testing

/// What is passed up: by impact, by group, by scope.
@Suite struct StatusTreeTests {
    typealias Unit = Hierarchy.Unit

    /// A tree of single components.
    private func tree(_ units: Unit...) -> StatusTree {
        StatusTree(Hierarchy(units: units, unitOfComponent: units.indices.map(UnitIndex.init)))
    }

    /// One group of so many components.
    private func group(
        _ count: Int,
        _ requirement: GroupRegistration.Requirement,
        _ impact: Impact = .critical
    ) -> StatusTree {
        let unit = Unit(impact: impact, scope: .local, requirement: requirement)
        let units = Array(repeating: UnitIndex(position: 0), count: count)
        return StatusTree(Hierarchy(units: [unit], unitOfComponent: units))
    }

    @Test(arguments: [
        (HealthStatus.healthy, HealthStatus.healthy, HealthStatus.healthy),
        (.degraded, .degraded, .degraded),
        (.unknown, .unknown, .degraded),
        (.unhealthy, .unhealthy, .degraded),
    ])
    func impactCapsWhatIsPassedUp(status: HealthStatus, critical: HealthStatus, optional: HealthStatus) {
        for (impact, expected) in [(Impact.critical, critical), (.optional, optional), (.informational, .healthy)] {
            var tree = tree(Unit(impact: impact, scope: .local))
            tree.set(status, of: ComponentIndex(position: 0))
            #expect(tree.service == expected, "\(impact)")
        }
    }

    @Test func isHealthyWhenNothingIsPassedUp() {
        #expect(tree().service == .healthy)
        #expect(tree(Unit(impact: .critical, scope: .local)).service == .healthy)
    }

    @Test func movesWithItsComponents() {
        var tree = tree(Unit(impact: .critical, scope: .local), Unit(impact: .optional, scope: .local))
        tree.set(.unknown, of: ComponentIndex(position: 0))
        tree.set(.healthy, of: ComponentIndex(position: 1))
        #expect(tree.service == .unknown)
        tree.set(.healthy, of: ComponentIndex(position: 0))
        #expect(tree.service == .healthy)
        tree.set(.unhealthy, of: ComponentIndex(position: 1))
        #expect(tree.service == .degraded)
        tree.set(.unhealthy, of: ComponentIndex(position: 0))
        #expect(tree.service == .unhealthy)
        tree.set(nil, of: ComponentIndex(position: 0))
        #expect(tree.service == .degraded)
    }

    @Test(arguments: [
        // The members, then what all, any and two of them come to.
        ([HealthStatus.healthy, .healthy, .healthy], HealthStatus.healthy, HealthStatus.healthy, HealthStatus.healthy),
        ([.healthy, .healthy, .unhealthy], .unhealthy, .healthy, .healthy),
        ([.unhealthy, .healthy, .unhealthy], .unhealthy, .healthy, .unhealthy),
        ([.unhealthy, .unhealthy, .unhealthy], .unhealthy, .unhealthy, .unhealthy),
        ([.unknown, .healthy, .unhealthy], .unhealthy, .healthy, .unknown),
        ([.unknown, .unknown, .unhealthy], .unhealthy, .unknown, .unknown),
        ([.degraded, .unknown, .unhealthy], .unhealthy, .degraded, .unknown),
        ([.degraded, .degraded, .healthy], .degraded, .healthy, .degraded),
        ([.degraded, .unhealthy, .unhealthy], .unhealthy, .degraded, .unhealthy),
    ])
    func aGroupIsItsNthBestMember(members: [HealthStatus], all: HealthStatus, any: HealthStatus, two: HealthStatus) {
        for (requirement, expected) in [(GroupRegistration.Requirement.all, all), (.any, any), (.atLeast(2), two)] {
            var tree = group(3, requirement)
            for (index, status) in members.enumerated() { tree.set(status, of: ComponentIndex(position: index)) }
            #expect(tree.status(of: UnitIndex(position: 0)) == expected, "\(requirement)")
            #expect(tree.service == expected, "\(requirement)")
        }
    }

    @Test func membersThatHaveNotJoinedDontCount() {
        var tree = group(3, .atLeast(2))
        #expect(tree.status(of: UnitIndex(position: 0)) == nil)
        tree.set(.unhealthy, of: ComponentIndex(position: 0))
        #expect(tree.status(of: UnitIndex(position: 0)) == .unhealthy)
        tree.set(.healthy, of: ComponentIndex(position: 1))
        #expect(tree.status(of: UnitIndex(position: 0)) == .unhealthy)
        tree.set(.healthy, of: ComponentIndex(position: 2))
        #expect(tree.status(of: UnitIndex(position: 0)) == .healthy)
    }

    @Test func aGroupActsByItsOwnImpact() {
        var tree = group(2, .any, .optional)
        tree.set(.unhealthy, of: ComponentIndex(position: 0))
        tree.set(.unhealthy, of: ComponentIndex(position: 1))
        #expect(tree.service == .degraded)
    }

    @Test func whatIsSharedTakesTheServiceOutOnlyBeforeItWasReady() {
        for status in [HealthStatus.unhealthy, .unknown] {
            var tree = tree(Unit(impact: .critical, scope: .shared))
            tree.set(status, of: ComponentIndex(position: 0))
            #expect(tree.service == status)
            tree.capsShared = true
            #expect(tree.service == .degraded)
            tree.set(.healthy, of: ComponentIndex(position: 0))
            tree.set(status, of: ComponentIndex(position: 0))
            #expect(tree.service == .degraded)
        }
    }
}
