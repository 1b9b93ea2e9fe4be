import HealthCore
import HealthTesting
import Testing

/// The status of a component: the worst of its checks.
@Suite struct ComponentStateTests {
    /// Check states that got one result each; nil is none.
    private func checks(_ kinds: ResultKind?...) -> [CheckState] {
        kinds.map { kind in
            var state = CheckState(thresholds: Thresholds(), maximumAge: .seconds(30))
            if let kind { _ = state.publish(kind, reason: nil, at: .zero, timestamp: .newYear2026) }
            return state
        }
    }

    @Test(
        arguments: [
            ([ResultKind.success, .success], HealthStatus.healthy),
            ([.success, .degraded], .degraded),
            ([.degraded, nil], .unknown),
            ([nil, .failure, .success], .unhealthy),
            ([nil], .unknown),
        ] as [([ResultKind?], HealthStatus)]
    )
    func isTheWorstOfItsChecks(kinds: [ResultKind?], status: HealthStatus) {
        let states = kinds.flatMap { checks($0) }
        #expect(ComponentState(checks: states, startup: .result).status == status)
    }

    private func transition(_ number: Int = 0) -> Transition {
        let timestamp = Timestamp.newYear2026.advanced(by: .seconds(number))
        return Transition(timestamp: timestamp, from: .healthy, to: .unhealthy, reason: nil)
    }

    private func drill(_ status: HealthStatus, affectsReadiness: Bool) -> Drill {
        Drill(
            status: status,
            affectsReadiness: affectsReadiness,
            reason: "",
            by: "",
            start: .newYear2026,
            end: .newYear2026,
            until: .seconds(900)
        )
    }

    @Test func movesWithItsChecks() {
        var component = ComponentState(checks: checks(.success, nil), startup: .none)
        #expect(component.status == .unknown)
        component.checkChanged(from: .unknown, to: .unhealthy)
        #expect(component.status == .unhealthy)
        component.checkChanged(from: .unhealthy, to: .healthy)
        #expect(component.status == .healthy)
    }

    @Test func remembersTwentyTransitions() {
        var component = ComponentState(checks: checks(nil), startup: .none)
        for number in 0..<25 { component.record(transition(number)) }
        #expect(component.transitions.count == 20)
        #expect(component.transitions.first == transition(5))
        #expect(component.transitions.last == transition(24))
        #expect(component.since == transition(24).timestamp)
    }

    @Test func aCheckCountsOnceItHasJoined() {
        var component = ComponentState(checks: [], startupChecks: checks(nil), startup: .none)
        #expect(!component.hasJoined && component.status == .unknown)
        component.checkJoined(.healthy)
        #expect(component.hasJoined && component.status == .healthy)
    }

    @Test func aDrillIsSeenByThoseWhomItIsFor() {
        var component = ComponentState(checks: checks(.success), startup: .none)
        component.setDrill(drill(.unhealthy, affectsReadiness: false))
        #expect(component.status == .unhealthy)
        #expect(component.gatingStatus == .healthy)
        component.setDrill(drill(.degraded, affectsReadiness: true))
        #expect(component.status == .degraded)
        #expect(component.gatingStatus == .degraded)
        #expect(component.realStatus == .healthy)
        component.setDrill(nil)
        #expect(component.status == .healthy)
    }

    @Test(arguments: [
        (ResultKind.failure, HealthStatus.degraded, HealthStatus.unhealthy, false),
        (.success, .degraded, .degraded, true), (.degraded, .degraded, .degraded, false),
        (.degraded, .unhealthy, .unhealthy, true), (.failure, .unhealthy, .unhealthy, false),
    ])
    func aDrillNeverHidesWhatIsWorse(real: ResultKind, drilled: HealthStatus, shown: HealthStatus, isDrill: Bool) {
        for affectsReadiness in [false, true] {
            var component = ComponentState(checks: checks(real), startup: .none)
            component.setDrill(drill(drilled, affectsReadiness: affectsReadiness))
            #expect(component.status == shown)
            #expect(component.gatingStatus == (affectsReadiness ? shown : component.realStatus))
            #expect(component.showsDrill == isDrill)
            #expect(component.gatesByDrill == (isDrill && affectsReadiness))
        }
    }

    @Test func aDrillOfAComponentThatIsNotKnownYetLeavesItUnknown() {
        var component = ComponentState(checks: checks(nil), startup: .none)
        component.setDrill(drill(.degraded, affectsReadiness: true))
        #expect((component.status, component.gatingStatus) == (.unknown, .unknown))
    }

    @Test func startupWaitsForAResultOfEveryCheck() throws {
        var component = ComponentState(checks: checks(nil, nil), startup: .result)
        #expect(component.blocksStartup)
        component.checkHasResult()
        #expect(component.blocksStartup)
        component.checkHasResult()
        #expect(!component.blocksStartup)
    }

    @Test func startupWaitsForHealthAndLatches() {
        var component = ComponentState(checks: checks(.failure), startup: .healthy)
        #expect(component.blocksStartup)
        component.checkChanged(from: .unhealthy, to: .healthy)
        #expect(!component.blocksStartup)
        component.checkChanged(from: .healthy, to: .unhealthy)
        #expect(component.status == .unhealthy)
        #expect(!component.blocksStartup)
    }

    @Test func startupNeverWaitsWhenItIsNotAskedTo() {
        #expect(!ComponentState(checks: checks(nil), startup: .none).blocksStartup)
    }

    @Test func inheritsItsHistory() {
        var old = ComponentState(checks: checks(nil), startup: .result)
        old.checkHasResult()
        old.record(transition())
        old.setDrill(drill(.unhealthy, affectsReadiness: false))
        var new = ComponentState(checks: checks(nil), startup: .result)
        new.inherit(old)
        #expect(new.since == .newYear2026)
        #expect(new.transitions == old.transitions)
        #expect(new.drill == old.drill)
        #expect(!new.blocksStartup)
    }
}
