/// What probes answer from: an immutable value that holds until a moment.
package struct HealthVerdict: Sendable {
    /// The answer of the readiness probe.
    package var readiness: Readiness
    /// The status of the service as it is shown, drills included.
    package var service = HealthStatus.healthy
    /// What start-up waits for.
    package var startup = Startup()
    /// How many components have each status, as readiness sees them.
    package var components = StatusCounts()
    /// What makes the service other than healthy, worst first, at most `maximumCauses`.
    package var causes: [HealthCause] = []
    /// The last moment at which it is known to hold when nothing happens; nil is for good.
    package var validUntil: Moment?

    /// As many causes are named.
    package static let maximumCauses = 20

    /// A verdict with nothing else known.
    package init(_ readiness: Readiness) {
        self.readiness = readiness
    }

    /// Whether start-up is complete.
    package var hasStarted: Bool { startup.isComplete }

    /// Whether it holds at a moment.
    package func isValid(at now: Moment) -> Bool {
        validUntil.map { now <= $0 } ?? true
    }
}
