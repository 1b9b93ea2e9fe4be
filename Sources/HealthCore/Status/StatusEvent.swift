/// What happened to a status; the logger makes lines of it.
package enum StatusEvent: Sendable {
    case checkChanged(CheckChange)
    case componentChanged(name: String, Transition)
    case serviceChanged(from: HealthStatus, to: HealthStatus)
    case readinessChanged(from: Readiness, to: Readiness)
    /// Start-up is complete.
    case started

    /// A check's change of status, with what a line about it tells.
    package struct CheckChange: Sendable {
        package let registration: Registration
        package let impact: Impact
        package let change: CheckState.Change
        /// The run that decided; nil when age did.
        package let run: RunResult?
        package let consecutiveFailures: Int
    }
}
