/// The answer to a probe, in constant time: no walk over the checks.
package struct HealthVerdict: Sendable {
    package var readiness: Readiness
    /// As it is shown, drills included.
    package var service: HealthStatus
    package var hasStarted: Bool
    /// How many components have each status, as readiness sees them.
    package var components: StatusCounts
    /// What makes the service other than healthy, worst first, at most `maximumCauses`.
    package var causes: [Cause]

    package static let maximumCauses = 20

    /// A check that makes the service other than healthy, or a component whose drill does.
    package struct Cause: Sendable {
        package let component: String
        package let check: String?
        package let status: HealthStatus
        package let reason: FailureReason?
        package let since: Timestamp?
        package let failures: Int

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
    }
}

/// Everything that is known about status, copied at one moment.
package struct HealthSnapshot: Sendable {
    package var verdict: HealthVerdict
    package var components: [Component]
    package var checks: [Check]
    package var groups: [Group] = []
    package var flags: [Flag] = []

    /// A component with the place of its checks in `checks`.
    package struct Component: Sendable {
        package let registration: ComponentRegistration
        package let checks: Range<Int>
        package let group: GroupRegistration?
        package internal(set) var state: ComponentState
        package internal(set) var suppression = Suppression()

        /// What its status does to the service; a member of a group acts through that.
        package var impact: Impact { group?.impact ?? registration.impact }
        /// Whether it is this instance's own or shared by all replicas; a member is what its group is.
        package var scope: Scope { group?.scope ?? registration.scope }
        /// Who looks after it, or after its group.
        package var owner: String? { registration.owner ?? group?.owner }
        /// What to do when it is red, or its group.
        package var runbook: String? { registration.runbook ?? group?.runbook }
    }

    /// A check with what it last saw.
    package struct Check: Sendable {
        package let handle: CheckHandle
        package let registration: Registration
        package internal(set) var state: CheckState
        /// Whether it counts for its component.
        package internal(set) var hasJoined: Bool
        /// When it counts at the latest; nil is with its first result only.
        private(set) var joinsBy: Moment?
        package private(set) var lastRun: RunResult?
        package private(set) var lastSuccess: Timestamp?
        /// What it says as long as it has nothing to report.
        private var pendingReport: PendingReport?

        /// What it last said, for people.
        package var message: String { lastRun?.message ?? pendingReport?.message ?? "" }

        init(handle: CheckHandle, registration: Registration, hasJoined: Bool, joinsBy: Moment?) {
            self.handle = handle
            self.registration = registration
            self.hasJoined = hasJoined
            self.joinsBy = joinsBy
            state = CheckState(thresholds: registration.thresholds, maximumAge: registration.schedule.maximumAge)
        }

        /// The same check with what is known of another one of the same name.
        func replacing(_ old: Check, at now: Moment) -> Check {
            var check = self
            let isAwaitedAlike = registration.check.holdsUpStartup == old.registration.check.holdsUpStartup
            if isAwaitedAlike || !old.state.isPending {
                (check.hasJoined, check.joinsBy) = (old.hasJoined, old.joinsBy)
            }
            (check.lastRun, check.lastSuccess) = (old.lastRun, old.lastSuccess)
            check.pendingReport = old.pendingReport
            check.state = CheckState(
                thresholds: registration.thresholds,
                maximumAge: registration.schedule.maximumAge,
                replacing: old.state,
                at: now
            )
            return check
        }

        mutating func take(_ report: PendingReport) {
            pendingReport = report
        }

        mutating func take(_ result: RunResult) {
            lastRun = result
            if result.outcome.isSuccess { lastSuccess = result.timestamp }
        }
    }

    /// A group with its status.
    package struct Group: Sendable {
        package let registration: GroupRegistration
        /// As it is shown, drills included.
        package let status: HealthStatus
        /// As readiness sees it.
        package let gatingStatus: HealthStatus
    }

    /// A flag with its value.
    package struct Flag: Sendable, Equatable {
        package let name: String
        package let isOn: Bool
        /// Whether the value is the default, because it is not known how things are.
        package let isDefault: Bool
        package let requires: [String]
    }

    /// Why readiness does not see a component healthy.
    package func gatingReason(of component: Component) -> FailureReason? {
        component.state.gatesByDrill ? .drill : StatusBoard.realReason(of: component, checks)
    }

    /// Why a component is not healthy: its drill when that is worse than the truth, else the reason of its first check that has
    /// its status.
    package func reason(of component: Component) -> FailureReason? {
        StatusBoard.reason(of: component, checks)
    }
}
