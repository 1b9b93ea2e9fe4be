/// A component with its state and where its checks are.
package struct ComponentRecord: Sendable {
    /// Its place in the table of all components.
    package let index: ComponentIndex
    /// Its name and what was said about it.
    package let registration: ComponentRegistration
    /// Its checks in the table of all checks.
    package let checks: Range<CheckIndex>
    /// The group that it is in; nil when it is in none.
    package let group: GroupRegistration?
    /// Its status, its drill and its history.
    package internal(set) var state: ComponentState

    /// What its status does to the service; a member of a group acts through that.
    package var impact: Impact { group?.impact ?? registration.impact }
    /// Whether it is this instance's own or shared by all replicas; a member is what its group is.
    package var scope: Scope { group?.scope ?? registration.scope }
    /// Who looks after it, or after its group.
    package var owner: String? { registration.owner ?? group?.owner }
    /// What to do when it is red, or its group.
    package var runbook: String? { registration.runbook ?? group?.runbook }

    /// Why everybody sees it other than healthy: its drill when that is worse than the truth, else the reason of its first
    /// check that has its status.
    func reason(in checks: Table<CheckIndex, CheckRecord>) -> FailureReason? {
        state.showsDrill ? .drill : realReason(in: checks)
    }

    /// Why readiness sees it other than healthy.
    func gatingReason(in checks: Table<CheckIndex, CheckRecord>) -> FailureReason? {
        state.gatesByDrill ? .drill : realReason(in: checks)
    }

    private func realReason(in checks: Table<CheckIndex, CheckRecord>) -> FailureReason? {
        checks[self.checks].first {
            $0.state.status == state.realStatus && ($0.hasJoined || !state.hasJoined)
        }?
        .state.reason
    }
}
