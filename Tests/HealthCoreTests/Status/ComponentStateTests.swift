import HealthCore
import HealthTesting
import Testing

/// The status of a component: the worst of its checks.
@Suite struct ComponentStateTests {
    /// Check states that got one result each; nil is none.
    private func checks(_ outcomes: RunOutcome?...) -> [CheckState] {
        outcomes.map { outcome in
            var state = CheckState(thresholds: Thresholds(), maximumAge: .seconds(30))
            if let outcome { _ = state.publish(outcome, reason: nil, at: .zero, timestamp: .newYear2026) }
            return state
        }
    }

    /// The change that a further result of a check makes.
    private func change(
        _ state: inout CheckState,
        _ outcome: RunOutcome,
        reason: FailureReason?
    ) throws
        -> CheckState.Change
    {
        let change = state.publish(outcome, reason: reason, at: .zero, timestamp: .newYear2026)
        return try #require(change)
    }

    @Test(
        arguments: [
            ([RunOutcome.success, .success], HealthStatus.healthy),
            ([.success, .degraded], .degraded),
            ([.degraded, nil], .unknown),
            ([nil, .failure, .success], .unhealthy),
            ([nil], .unknown),
        ] as [([RunOutcome?], HealthStatus)]
    )
    func isTheWorstOfItsChecks(outcomes: [RunOutcome?], status: HealthStatus) {
        let states = outcomes.flatMap { checks($0) }
        #expect(ComponentState(checks: states, startup: .result).status == status)
    }

    @Test func movesWithItsChecks() throws {
        var states = checks(.success, nil)
        var component = ComponentState(checks: states, startup: .none)
        #expect(component.status == .unknown)
        let failed = try change(&states[1], .failure, reason: .connectRefused)
        let transition = component.checkChanged(failed, timestamp: .newYear2026)
        #expect(transition?.timestamp == .newYear2026)
        #expect(transition?.from == .unknown)
        #expect(transition?.to == .unhealthy)
        #expect(transition?.reason == .connectRefused)
        #expect(component.status == .unhealthy)
        #expect(component.since == .newYear2026)
        #expect(component.transitions == [transition].compactMap(\.self))
    }

    @Test func aChangeBehindAWorseCheckIsNoTransition() throws {
        var states = checks(.failure, nil)
        var component = ComponentState(checks: states, startup: .none)
        let transition = component.checkChanged(try change(&states[1], .success, reason: nil), timestamp: .newYear2026)
        #expect(transition == nil)
        #expect(component.status == .unhealthy)
        #expect(component.since == nil)
    }

    @Test func remembersTwentyTransitions() throws {
        var state = CheckState(thresholds: Thresholds(failure: 1), maximumAge: .seconds(30))
        var component = ComponentState(checks: [state], startup: .none)
        for number in 0..<25 {
            let change = try change(&state, number.isMultiple(of: 2) ? .failure : .success, reason: nil)
            _ = component.checkChanged(change, timestamp: .newYear2026.advanced(by: .seconds(number)))
        }
        #expect(component.transitions.count == 20)
        #expect(component.transitions.first?.timestamp == .newYear2026.advanced(by: .seconds(5)))
        #expect(component.transitions.last?.timestamp == .newYear2026.advanced(by: .seconds(24)))
    }

    @Test func startupWaitsForAResultOfEveryCheck() throws {
        var component = ComponentState(checks: checks(nil, nil), startup: .result)
        #expect(component.holdsUpStartup)
        component.checkIsNoLongerPending()
        #expect(component.holdsUpStartup)
        component.checkIsNoLongerPending()
        #expect(!component.holdsUpStartup)
    }

    @Test func startupWaitsForHealthAndLatches() throws {
        var state = CheckState(thresholds: Thresholds(failure: 1), maximumAge: .seconds(30))
        _ = state.publish(.failure, reason: nil, at: .zero, timestamp: .newYear2026)
        var component = ComponentState(checks: [state], startup: .healthy)
        #expect(component.holdsUpStartup)
        _ = component.checkChanged(try change(&state, .success, reason: nil), timestamp: .newYear2026)
        #expect(!component.holdsUpStartup)
        _ = component.checkChanged(try change(&state, .failure, reason: nil), timestamp: .newYear2026)
        #expect(component.status == .unhealthy)
        #expect(!component.holdsUpStartup)
    }

    @Test func startupNeverWaitsWhenItIsNotAskedTo() {
        #expect(!ComponentState(checks: checks(nil), startup: .none).holdsUpStartup)
    }

    @Test func inheritsItsHistory() throws {
        var states = checks(nil)
        var old = ComponentState(checks: states, startup: .result)
        old.checkIsNoLongerPending()
        _ = old.checkChanged(try change(&states[0], .success, reason: nil), timestamp: .newYear2026)
        var new = ComponentState(checks: checks(nil), startup: .result)
        new.inherit(old)
        #expect(new.since == .newYear2026)
        #expect(new.transitions == old.transitions)
        #expect(!new.holdsUpStartup)
    }
}
