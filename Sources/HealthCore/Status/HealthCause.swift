/// A check that makes the service other than healthy, or a component whose drill does.
package struct HealthCause: Sendable {
    /// The name of the component.
    package let component: String
    /// The name of the check; nil for a drill.
    package let check: String?
    /// The status of the check, or the one that the drill shows.
    package let status: HealthStatus
    /// Why it has that status.
    package let reason: FailureReason?
    /// When the status last changed, or the drill began.
    package let since: Timestamp?
    /// Failed runs in a row.
    package let failures: Int

    /// A cause from its facts.
    package init(
        component: String,
        check: String?,
        status: HealthStatus,
        reason: FailureReason?,
        since: Timestamp?,
        failures: Int
    ) {
        (self.component, self.check, self.status, self.reason) = (component, check, status, reason)
        (self.since, self.failures) = (since, failures)
    }

    /// The cause that a check is.
    init(_ check: CheckRecord) {
        self.init(
            component: check.registration.id.component,
            check: check.registration.id.check,
            status: check.state.status,
            reason: check.state.reason,
            since: check.state.since,
            failures: check.state.consecutiveFailures
        )
    }

    /// The cause that a drill of a component is.
    init(_ drill: Drill, of component: ComponentRecord) {
        self.init(
            component: component.registration.name,
            check: nil,
            status: drill.status,
            reason: .drill,
            since: drill.start,
            failures: 0
        )
    }
}
