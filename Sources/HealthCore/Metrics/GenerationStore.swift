import Synchronization

/// Status and metrics together: a registry is taken by both or by none, and what is handed out belongs to one generation of it.
///
/// Results go to each of them directly: a page that has the status of a run and not yet its count is no contradiction.
package final class GenerationStore: Sendable {
    /// What is known of one generation of the registry.
    package struct Snapshot: Sendable {
        package let health: HealthSnapshot
        package let metrics: MetricsRecorder.Snapshot
    }

    private let status: StatusStore
    private let recorder: MetricsRecorder
    /// Held while a registry is taken and while both are copied.
    private let turn = Mutex(())

    package init(status: StatusStore, recorder: MetricsRecorder) {
        self.status = status
        self.recorder = recorder
    }

    /// Takes a registry: what stays keeps its state and its counts.
    package func apply(_ registry: CheckRegistry) {
        turn.withLock { _ in
            status.apply(registry)
            recorder.apply(registry)
        }
    }

    /// Everything that is known, for pages and documents.
    package func snapshot() -> Snapshot {
        turn.withLock { _ in Snapshot(health: status.snapshot(), metrics: recorder.snapshot()) }
    }
}
