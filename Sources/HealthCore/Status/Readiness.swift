/// What `unknown` of a critical component does once the service has been ready.
public enum UnknownPolicy: String, CaseIterable, Sendable {
    case notReady = "not_ready"
    case degraded
}

/// The answer of the readiness probe.
///
/// Pure: follows from facts.
package enum Readiness: Sendable, Equatable {
    case ready
    /// Passes, though something is not healthy.
    case degraded
    case notReady(Cause)

    /// Why it is not ready; the first that holds, in this order.
    package enum Cause: String, Sendable {
        case shuttingDown = "shutting_down"
        case starting
        case unhealthy
        case unknown
    }

    /// The facts that readiness follows from.
    package struct Facts: Sendable {
        /// Whether the process is about to stop.
        package var isShuttingDown = false
        /// Whether start-up is complete.
        package var hasStarted = false
        /// Whether it was ready at any time before.
        package var hasBeenReady = false
        /// The status of the service as readiness sees it.
        package var service = HealthStatus.healthy
        /// What `unknown` does once it has been ready.
        package var unknownPolicy = UnknownPolicy.notReady

        /// Nothing known yet.
        package init() {}
    }

    /// The readiness that follows from facts.
    package init(_ facts: Facts) {
        if facts.isShuttingDown {
            self = .notReady(.shuttingDown)
        } else if !facts.hasStarted {
            self = .notReady(.starting)
        } else {
            switch facts.service {
            case .healthy: self = .ready
            case .degraded: self = .degraded
            case .unhealthy: self = .notReady(.unhealthy)
            case .unknown:
                let isLenient = facts.hasBeenReady && facts.unknownPolicy == .degraded
                self = isLenient ? .degraded : .notReady(.unknown)
            }
        }
    }

    /// Whether the probe passes.
    package var isReady: Bool {
        switch self {
        case .ready, .degraded: true
        case .notReady: false
        }
    }

    /// The `status` that documents carry.
    package var name: String {
        switch self {
        case .ready: "ready"
        case .degraded: "degraded"
        case .notReady: "not_ready"
        }
    }
}
