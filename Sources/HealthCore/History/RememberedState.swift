/// What a state file remembers of an earlier process, but for counts, which may come later.
package struct RememberedState: Sendable {
    /// A check's last status.
    package struct Check: Sendable, Equatable {
        /// The last status.
        package let status: HealthStatus
        /// Since when it had that status.
        package let since: Timestamp

        /// A status since a time.
        package init(status: HealthStatus, since: Timestamp) {
            (self.status, self.since) = (status, since)
        }
    }

    /// A heartbeat.
    package struct Heartbeat: Sendable, Equatable {
        /// Since when it is waited for.
        package let registered: Timestamp
        /// When the worker last reported; nil when it never did.
        package let lastReport: Timestamp?
        /// What it reported, as the heartbeat's status has it.
        package let status: String
        /// What it said.
        package let message: String

        /// A heartbeat from its parts.
        package init(registered: Timestamp, lastReport: Timestamp?, status: String, message: String) {
            (self.registered, self.lastReport, self.status, self.message) = (registered, lastReport, status, message)
        }
    }

    /// A drill that had not ended; it may have by now.
    package struct Drill: Sendable, Equatable {
        /// The status shown: degraded or unhealthy.
        package let status: HealthStatus
        /// Whether readiness and flags see it, too.
        package let affectsReadiness: Bool
        /// Why, in the words of the requester.
        package let reason: String
        /// The requester.
        package let by: String
        /// When it started.
        package let start: Timestamp
        /// When it ends by itself.
        package let end: Timestamp

        /// A drill from its parts.
        package init(
            status: HealthStatus,
            affectsReadiness: Bool,
            reason: String,
            by: String,
            start: Timestamp,
            end: Timestamp
        ) {
            (self.status, self.affectsReadiness, self.reason) = (status, affectsReadiness, reason)
            (self.by, self.start, self.end) = (by, start, end)
        }
    }

    /// The last transitions of each component, oldest first, at most 20.
    package var transitions: [String: [Transition]] = [:]
    /// The last status of each check.
    package var checks: [CheckID: Check] = [:]
    /// When each rare check last ran.
    package var lastRuns: [CheckID: Timestamp] = [:]
    /// By the check.
    package var heartbeats: [CheckID: Heartbeat] = [:]
    /// By component.
    package var drills: [String: Drill] = [:]
    /// By id, ascending; at most ``IncidentLog/maximum``, the last ones.
    package var incidents: [Incident] = []

    /// Nothing.
    package init() {}
}
