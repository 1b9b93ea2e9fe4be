import HealthCore
import Testing

/// The readiness probe in every phase of the service's life.
@Suite struct ReadinessTests {
    private typealias Cause = Readiness.Cause

    private func readiness(
        _ service: HealthStatus,
        shuttingDown: Bool = false,
        started: Bool = true,
        beenReady: Bool = true,
        policy: UnknownPolicy = .notReady
    ) -> Readiness {
        var facts = Readiness.Facts()
        (facts.isShuttingDown, facts.hasStarted, facts.hasBeenReady) = (shuttingDown, started, beenReady)
        (facts.service, facts.unknownPolicy) = (service, policy)
        return Readiness(facts)
    }

    @Test(arguments: HealthStatus.allCases)
    func shuttingDownComesBeforeEverything(status: HealthStatus) {
        #expect(readiness(status, shuttingDown: true) == .notReady(.shuttingDown))
        #expect(readiness(status, shuttingDown: true, started: false) == .notReady(.shuttingDown))
    }

    @Test(arguments: HealthStatus.allCases)
    func startingComesBeforeTheStatus(status: HealthStatus) {
        #expect(readiness(status, started: false) == .notReady(.starting))
    }

    @Test(arguments: [
        (HealthStatus.healthy, Readiness.ready), (.degraded, .degraded), (.unhealthy, .notReady(.unhealthy)),
        (.unknown, .notReady(.unknown)),
    ])
    func onceStartedTheStatusDecides(status: HealthStatus, expected: Readiness) {
        for beenReady in [false, true] { #expect(readiness(status, beenReady: beenReady) == expected) }
    }

    @Test func unknownIsForgivenOnlyByPolicyAndOnlyOnceReady() {
        #expect(readiness(.unknown, beenReady: true, policy: .degraded) == .degraded)
        #expect(readiness(.unknown, beenReady: false, policy: .degraded) == .notReady(.unknown))
        #expect(readiness(.unhealthy, beenReady: true, policy: .degraded) == .notReady(.unhealthy))
    }

    @Test(arguments: [
        (Readiness.ready, true, "ready"), (.degraded, true, "degraded"), (.notReady(.starting), false, "not_ready"),
        (.notReady(.unhealthy), false, "not_ready"),
    ])
    func hasAnAnswerAndAName(readiness: Readiness, isReady: Bool, name: String) {
        #expect(readiness.isReady == isReady)
        #expect(readiness.name == name)
    }

    @Test func causesHaveTheNamesOfTheContract() {
        let causes: [Cause] = [.shuttingDown, .starting, .unhealthy, .unknown]
        #expect(causes.map(\.rawValue) == ["shutting_down", "starting", "unhealthy", "unknown"])
    }
}
