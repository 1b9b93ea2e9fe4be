import HealthCore

/// Everything that a page shows, copied at one moment.
struct PageSnapshot: Sendable {
    /// Who the service is.
    let identity: ServiceIdentity
    /// The statuses.
    let health: HealthSnapshot
    /// What was counted.
    let metrics: MetricsRecorder.Snapshot
    /// The past of every component, by name.
    let history: [String: HistoryStore.Component]
    /// When it was copied, on the monotonic time line.
    let now: Moment
    /// When it was copied, in civil time.
    let timestamp: Timestamp

    /// The component of a name; nil when there is none.
    func component(named name: String) -> ComponentRecord? {
        health.components.first { $0.registration.name == name }
    }
}
