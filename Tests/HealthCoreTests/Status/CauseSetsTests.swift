import HealthTesting
import Testing

@testable import HealthCore

/// What makes the service other than healthy, and when that has changed.
@Suite struct CauseSetsTests {
    private func check(_ position: Int) -> CheckIndex { CheckIndex(position: position) }
    private func component(_ position: Int) -> ComponentIndex { ComponentIndex(position: position) }

    @Test func listsTheWorstFirstThenDrillsThenTheOrderOfRegistration() {
        var causes = CauseSets()
        for (position, status) in [HealthStatus.degraded, .unhealthy, .unknown, .unhealthy].enumerated() {
            causes.set(status, of: check(position))
        }
        causes.setDrill(.unhealthy, of: component(7))
        causes.setDrill(.degraded, of: component(0))
        #expect(causes.readChange() == .all)
        #expect(
            causes.entries == [
                .drill(component(7)), .check(check(1)), .check(check(3)), .check(check(2)), .drill(component(0)),
                .check(check(0)),
            ]
        )
    }

    @Test func listsNoMoreThanItsLimit() {
        var causes = CauseSets(limit: 3)
        for position in 0..<5 { causes.set(position < 3 ? .degraded : .unhealthy, of: check(position)) }
        _ = causes.readChange()
        #expect(causes.entries == [.check(check(3)), .check(check(4)), .check(check(0))])
    }

    @Test func aStatusMovesACauseAndHealthRemovesIt() {
        var causes = CauseSets()
        causes.set(.unknown, of: check(1))
        causes.set(.unhealthy, of: check(1))
        _ = causes.readChange()
        #expect(causes.entries == [.check(check(1))])
        causes.set(nil, of: check(1))
        #expect(causes.readChange() == .all)
        #expect(causes.entries.isEmpty)
    }

    @Test func whatStaysIsNoChange() {
        var causes = CauseSets()
        causes.set(.unhealthy, of: check(0))
        _ = causes.readChange()
        causes.set(.unhealthy, of: check(0))
        causes.set(nil, of: check(1))
        causes.setDrill(nil, of: component(1))
        #expect(causes.readChange() == .none)
    }

    @Test func newFactsOfOneCauseChangeItsEntryAlone() {
        var causes = CauseSets(limit: 2)
        for position in 0..<3 { causes.set(.unhealthy, of: check(position)) }
        _ = causes.readChange()
        causes.factsChanged(of: check(1))
        causes.factsChanged(of: check(1))
        #expect(causes.readChange() == .entry(1, check(1)))
        causes.factsChanged(of: check(2))
        #expect(causes.readChange() == .none, "it is not on the list")
        causes.factsChanged(of: check(0))
        causes.factsChanged(of: check(1))
        #expect(causes.readChange() == .all)
    }

    @Test func aDrillInPlaceOfAnotherOneIsAChange() {
        var causes = CauseSets()
        causes.setDrill(.unhealthy, of: component(0))
        _ = causes.readChange()
        causes.setDrill(.unhealthy, of: component(0))
        causes.drillChanged()
        #expect(causes.readChange() == .all)
    }

    @Test(arguments: [
        (Impact.critical, HealthStatus.unhealthy, true, [HealthStatus.unhealthy]), (.critical, .healthy, true, []),
        (.optional, .unknown, true, [.unknown]), (.informational, .unhealthy, true, []),
        (.critical, .unhealthy, false, []),
    ])
    func aCheckIsACauseWhenItsUnitPassesItsStatusUp(
        impact: Impact,
        status: HealthStatus,
        hasJoined: Bool,
        expected: [HealthStatus]
    ) {
        let hierarchy = Hierarchy(units: [.init(impact: impact, scope: .local)], unitOfComponent: [.init(position: 0)])
        var tree = StatusTree(hierarchy)
        tree.set(status, of: component(0))
        var record = CheckRecord(
            handle: CheckHandle(number: 0),
            registration: .make("a/b", thresholds: Thresholds(failure: 1)),
            component: component(0),
            hasJoined: hasJoined,
            joinsBy: nil
        )
        let kind: ResultKind? = status == .unhealthy ? .failure : status == .healthy ? .success : nil
        if let kind { _ = record.state.publish(kind, reason: nil, at: .zero, timestamp: .newYear2026) }
        var causes = CauseSets()
        causes.update(check(0), record, in: tree)
        _ = causes.readChange()
        #expect(causes.entries == expected.map { _ in .check(check(0)) })
        #expect(record.state.status == status)
    }
}
