/// Readiness over time: the facts that it follows from, and what it was.
struct ReadinessState: Sendable {
    /// A change of readiness.
    struct Change: Sendable, Equatable {
        /// What it was.
        let from: Readiness
        /// What it is now.
        let to: Readiness
        /// Whether a drill alone makes it fail, or made it fail until now.
        let isDrill: Bool
    }

    private var facts = Readiness.Facts()
    /// What it is since the last update.
    private(set) var current: Readiness
    /// Whether it would be ready without drills.
    private var failsByDrill = false

    /// Not ready until start-up is complete.
    init(unknownPolicy: UnknownPolicy) {
        facts.unknownPolicy = unknownPolicy
        current = Readiness(facts)
    }

    /// Whether the service has ever been ready.
    var hasBeenReady: Bool { facts.hasBeenReady }

    /// Not ready from the next update on, for good.
    mutating func shutDown() {
        facts.isShuttingDown = true
    }

    /// Updates it by the status of the service; returns the change, if any.
    ///
    /// - Parameters:
    ///   - service: the status of the service as readiness sees it.
    ///   - realService: the status without drills.
    mutating func update(service: HealthStatus, realService: HealthStatus, hasStarted: Bool) -> Change? {
        (facts.service, facts.hasStarted) = (service, hasStarted)
        let (old, failedByDrill) = (current, failsByDrill)
        current = Readiness(facts)
        if current.isReady { facts.hasBeenReady = true }
        var realFacts = facts
        realFacts.service = realService
        failsByDrill = !current.isReady && Readiness(realFacts).isReady
        return current == old ? nil : Change(from: old, to: current, isDrill: failsByDrill || failedByDrill)
    }
}
