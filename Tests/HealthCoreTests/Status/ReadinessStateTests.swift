import HealthTesting
import Testing

@testable import HealthCore

/// Readiness over time.
@Suite struct ReadinessStateTests {
    private func started(_ policy: UnknownPolicy = .notReady) -> ReadinessState {
        var state = ReadinessState(unknownPolicy: policy)
        _ = state.update(service: .healthy, realService: .healthy, hasStarted: true)
        return state
    }

    @Test func isReadyOnceStartUpIsComplete() {
        var state = ReadinessState(unknownPolicy: .notReady)
        let starting = state.update(service: .healthy, realService: .healthy, hasStarted: false)
        #expect(starting == nil && state.current == .notReady(.starting) && !state.hasBeenReady)
        let ready = state.update(service: .healthy, realService: .healthy, hasStarted: true)
        #expect(ready == .init(from: .notReady(.starting), to: .ready, isDrill: false))
        #expect(state.hasBeenReady)
    }

    @Test func whatStaysIsNoChange() {
        var state = started()
        let change = state.update(service: .healthy, realService: .healthy, hasStarted: true)
        #expect(change == nil)
    }

    @Test(arguments: [(UnknownPolicy.notReady, Readiness.notReady(.unknown)), (.degraded, .degraded)])
    func unknownFollowsThePolicyOnceItWasReady(policy: UnknownPolicy, expected: Readiness) {
        var state = started(policy)
        _ = state.update(service: .unknown, realService: .unknown, hasStarted: true)
        #expect(state.current == expected)
        var never = ReadinessState(unknownPolicy: policy)
        _ = never.update(service: .unknown, realService: .unknown, hasStarted: true)
        #expect(never.current == .notReady(.unknown))
    }

    @Test func aDrillMakesItFailAndPassAgain() {
        var state = started()
        let start = state.update(service: .unhealthy, realService: .healthy, hasStarted: true)
        #expect(start == .init(from: .ready, to: .notReady(.unhealthy), isDrill: true))
        let end = state.update(service: .healthy, realService: .healthy, hasStarted: true)
        #expect(end == .init(from: .notReady(.unhealthy), to: .ready, isDrill: true))
        let failure = state.update(service: .unhealthy, realService: .unhealthy, hasStarted: true)
        #expect(failure?.isDrill == false)
    }

    @Test func shutdownIsForGood() {
        var state = started()
        state.shutDown()
        let change = state.update(service: .healthy, realService: .healthy, hasStarted: true)
        #expect(change == .init(from: .ready, to: .notReady(.shuttingDown), isDrill: false))
    }
}
