/// An exercise: for a while a component is shown otherwise than it is.
package struct Drill: Sendable, Equatable {
    /// The status shown: degraded or unhealthy.
    package let status: HealthStatus
    /// Whether readiness and flags see it too.
    package let affectsReadiness: Bool
    /// Why, in the words of the requester.
    package let reason: String
    /// The requester.
    package let by: String
    /// When it started.
    package let start: Timestamp
    /// When it ends by itself.
    package let end: Timestamp
    /// The end on the monotonic time line, which no clock step moves.
    package let until: Moment

    /// A drill from a time to another.
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
