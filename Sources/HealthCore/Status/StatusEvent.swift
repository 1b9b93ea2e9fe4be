/// Something that happened to a status, for log lines.
package enum StatusEvent: Sendable {
    case checkChanged(CheckChange)
    case componentChanged(ComponentChange)
    case serviceChanged(ServiceChange)
    /// A change of readiness; a drill's when a drill alone makes it fail, or made it fail until now.
    case readinessChanged(from: Readiness, to: Readiness, isDrill: Bool)
    case suppressionStarted(component: String, Suppression.Reason, by: [String])
    case suppressionEnded(component: String, Suppression.Reason)
    case drillStarted(component: String, Drill)
    case drillEnded(component: String, Drill)
    /// A slot passed while a run was overdue.
    case runOverdue(OverdueRun)
    /// Start-up is complete.
    case started

    /// A check's change of status, with what a line about it tells.
    package struct CheckChange: Sendable {
        /// The check.
        package let registration: Registration
        /// What its component does to the service.
        package let impact: Impact
        /// What changed.
        package let change: CheckState.Change
        /// The run that decided; nil when age did.
        package let run: RunResult?
        /// The last run, whether it decided or not.
        package let lastRun: RunResult?
        /// Failed runs in a row.
        package let consecutiveFailures: Int
        /// Since when it has its new status.
        package let since: Timestamp?
        /// Whether alerts about it are suppressed.
        package let isSuppressed: Bool

        /// A change of a check, which has its new status already.
        init(_ check: CheckRecord, impact: Impact, change: CheckState.Change, run: RunResult?, isSuppressed: Bool) {
            (registration, lastRun) = (check.registration, check.lastRun)
            (consecutiveFailures, since) = (check.state.consecutiveFailures, check.state.since)
            (self.impact, self.change, self.run, self.isSuppressed) = (impact, change, run, isSuppressed)
        }
    }

    /// A component's change of status.
    package struct ComponentChange: Sendable {
        /// The component.
        package let name: String
        /// What its component does to the service.
        package let impact: Impact
        /// Whether it has had no status before.
        package let isFirst: Bool
        /// Whether it has the status again that it had in an earlier process, with which its transition begins.
        package let goesOn: Bool
        /// What changed.
        package let transition: Transition
        /// Whether a drill shows it, or ended with it.
        package let isDrill: Bool
        /// Whether alerts about it are suppressed.
        package let isSuppressed: Bool

        /// A change of a component.
        init(
            _ component: ComponentRecord,
            _ transition: Transition,
            isFirst: Bool,
            goesOn: Bool,
            isDrill: Bool,
            isSuppressed: Bool
        ) {
            (name, impact) = (component.registration.name, component.impact)
            (self.transition, self.isFirst, self.goesOn) = (transition, isFirst, goesOn)
            (self.isDrill, self.isSuppressed) = (isDrill, isSuppressed)
        }
    }

    /// The service's change of status.
    package struct ServiceChange: Sendable {
        /// The status before.
        package let from: HealthStatus
        /// The status after.
        package let to: HealthStatus
        /// Whether nothing was known of the service before.
        package let isFirst: Bool
        /// Whether a drill shows it, or ended with it.
        package let isDrill: Bool
        /// Whether alerts about all that made it so are suppressed.
        package let isSuppressed: Bool
    }

    /// A run that is past its deadline and has not returned.
    package struct OverdueRun: Sendable {
        /// Names the check.
        package let handle: CheckHandle
        /// The check.
        package let registration: Registration
        /// When the slot passed.
        package let moment: Moment
        /// Whether alerts about it are suppressed.
        package let isSuppressed: Bool

        /// An overdue run at a slot that passed.
        package init(handle: CheckHandle, registration: Registration, moment: Moment, isSuppressed: Bool) {
            (self.handle, self.registration) = (handle, registration)
            (self.moment, self.isSuppressed) = (moment, isSuppressed)
        }
    }
}
