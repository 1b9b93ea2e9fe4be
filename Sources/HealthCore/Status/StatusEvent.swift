/// What happened to a status; the logger makes lines of it.
package enum StatusEvent: Sendable {
    case checkChanged(CheckChange)
    case componentChanged(ComponentChange)
    case serviceChanged(ServiceChange)
    /// A change of readiness; of a drill when a drill alone makes it fail, or made it fail until now.
    case readinessChanged(from: Readiness, to: Readiness, isDrill: Bool)
    case suppressionStarted(component: String, Suppression.Reason, by: [String])
    case suppressionEnded(component: String, Suppression.Reason)
    case drillStarted(component: String, Drill)
    case drillEnded(component: String, Drill)
    /// Start-up is complete.
    case started

    /// A check's change of status, with what a line about it tells.
    package struct CheckChange: Sendable {
        package let registration: Registration
        package let impact: Impact
        package let change: CheckState.Change
        /// The run that decided; nil when age did.
        package let run: RunResult?
        /// The last run, whether it decided or not.
        package let lastRun: RunResult?
        package let consecutiveFailures: Int
        package let isSuppressed: Bool
    }

    /// A component's change of status.
    package struct ComponentChange: Sendable {
        package let name: String
        package let impact: Impact
        /// Whether it has had no status before.
        package let isFirst: Bool
        package let transition: Transition
        /// Whether a drill shows it, or ended with it.
        package let isDrill: Bool
        package let isSuppressed: Bool
    }

    /// The service's change of status.
    package struct ServiceChange: Sendable {
        package let from: HealthStatus
        package let to: HealthStatus
        /// Whether nothing was known of the service before.
        package let isFirst: Bool
        /// Whether a drill shows it, or ended with it.
        package let isDrill: Bool
        /// Whether alerts about all that made it so are held back.
        package let isSuppressed: Bool
    }
}
