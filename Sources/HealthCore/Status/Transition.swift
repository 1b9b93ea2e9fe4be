/// A component's change of status, for its history.
package struct Transition: Sendable, Equatable {
    /// When it changed.
    package let timestamp: Timestamp
    /// The status before.
    package let from: HealthStatus
    /// The status after.
    package let to: HealthStatus
    /// Why it is not healthy; nil when it is.
    package let reason: FailureReason?

    /// A change of status at a time.
    package init(timestamp: Timestamp, from: HealthStatus, to: HealthStatus, reason: FailureReason?) {
        (self.timestamp, self.from, self.to, self.reason) = (timestamp, from, to, reason)
    }
}
