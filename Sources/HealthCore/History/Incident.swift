/// A span in which a component was shown as other than healthy.
package struct Incident: Sendable, Equatable {
    /// Ascends with the start; never given twice, also after a restart with a state file.
    package let id: Int64
    /// The component.
    package let component: String
    /// When it was no longer healthy.
    package let start: Timestamp
    /// When it was healthy again; nil while it goes on.
    package var end: Timestamp?
    /// The worst status that was shown.
    package var worst: HealthStatus
    /// Why it had that status.
    package var reason: FailureReason?
    /// Whether a drill alone made it.
    package var isDrill: Bool
    /// Whether a maintenance window covered a part of it.
    package var wasInMaintenance: Bool
    /// The components and groups that it followed from, by `depends_on`; empty when it is a root cause itself.
    package var roots: [String]

    /// An incident from its parts.
    package init(
        id: Int64,
        component: String,
        start: Timestamp,
        end: Timestamp? = nil,
        worst: HealthStatus,
        reason: FailureReason?,
        isDrill: Bool = false,
        wasInMaintenance: Bool = false,
        roots: [String] = []
    ) {
        (self.id, self.component, self.start, self.end) = (id, component, start, end)
        (self.worst, self.reason, self.isDrill) = (worst, reason, isDrill)
        (self.wasInMaintenance, self.roots) = (wasInMaintenance, roots)
    }

    /// The same under another id.
    func renamed(_ id: Int64) -> Incident {
        Incident(
            id: id,
            component: component,
            start: start,
            end: end,
            worst: worst,
            reason: reason,
            isDrill: isDrill,
            wasInMaintenance: wasInMaintenance,
            roots: roots
        )
    }

    /// Whether it went on during some of a span.
    package func overlaps(_ from: Timestamp, _ to: Timestamp) -> Bool {
        start < to && (end.map { $0 > from } ?? true)
    }
}
