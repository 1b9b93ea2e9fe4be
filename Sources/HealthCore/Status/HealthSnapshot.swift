/// The answer to a probe, in constant time: no walk over the checks.
package struct HealthVerdict: Sendable {
    package var readiness: Readiness
    package var service: HealthStatus
    package var hasStarted: Bool
    /// How many components have each status.
    package var components: StatusCounts
    /// What makes the service other than healthy, worst first, at most `maximumCauses`.
    package var causes: [Cause]

    package static let maximumCauses = 20

    /// A check that makes the service other than healthy.
    package struct Cause: Sendable {
        package let id: CheckID
        package let status: HealthStatus
        package let reason: FailureReason?
        package let since: Timestamp?
        package let failures: Int
    }
}

/// Everything that is known about status, copied at one moment.
package struct HealthSnapshot: Sendable {
    package var verdict: HealthVerdict
    package var components: [Component]
    package var checks: [Check]

    /// A component with the place of its checks in `checks`.
    package struct Component: Sendable {
        package let registration: ComponentRegistration
        package let checks: Range<Int>
        package internal(set) var state: ComponentState
    }

    /// A check with what it last saw.
    package struct Check: Sendable {
        package let handle: CheckHandle
        package let registration: Registration
        package internal(set) var state: CheckState
        package private(set) var lastRun: RunResult?
        package private(set) var lastSuccess: Timestamp?

        init(handle: CheckHandle, registration: Registration) {
            self.handle = handle
            self.registration = registration
            state = CheckState(thresholds: registration.thresholds, maximumAge: registration.schedule.maximumAge)
        }

        mutating func take(_ result: RunResult) {
            lastRun = result
            if result.outcome.isSuccess { lastSuccess = result.timestamp }
        }
    }

    /// Why a component is not healthy: the reason of its first check that has its status.
    package func reason(of component: Component) -> FailureReason? {
        checks[component.checks].first { $0.state.status == component.state.status }?.state.reason
    }
}
