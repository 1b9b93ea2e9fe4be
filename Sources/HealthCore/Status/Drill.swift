/// A rehearsal: for a while a component is shown otherwise than it is.
package struct Drill: Sendable, Equatable {
    /// As what it is shown: degraded or unhealthy.
    package let status: HealthStatus
    /// Whether readiness and flags see it too.
    package let affectsReadiness: Bool
    /// Why, in the words of who asked.
    package let reason: String
    /// Who asked.
    package let by: String
    package let start: Timestamp
    package let end: Timestamp
    /// The end on the monotonic time line, which no clock step moves.
    package let until: Moment

    package init(
        status: HealthStatus,
        affectsReadiness: Bool,
        reason: String,
        by: String,
        start: Timestamp,
        end: Timestamp,
        until: Moment
    ) {
        self.status = status
        self.affectsReadiness = affectsReadiness
        self.reason = reason
        self.by = by
        self.start = start
        self.end = end
        self.until = until
    }
}
