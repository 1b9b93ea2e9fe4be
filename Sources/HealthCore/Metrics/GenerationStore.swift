import Synchronization

/// Status and metrics together: a registry is applied to both or to none, and a copy belongs to one generation of it.
///
/// Results go to each of them directly: a page that has the status of a run and not yet its count contradicts nothing.
package final class GenerationStore: Sendable {
    /// A copy of one generation of the registry.
    package struct Snapshot: Sendable {
        /// The statuses.
        package let health: HealthSnapshot
        /// What was counted.
        package let metrics: MetricsRecorder.Snapshot
    }

    private let status: StatusStore
    private let recorder: MetricsRecorder
    /// Locked while a registry is applied and while both are copied.
    private let generation = Mutex(())

    /// A status store and a recorder that get their registries from here alone.
    package init(status: StatusStore, recorder: MetricsRecorder) {
        self.status = status
        self.recorder = recorder
    }

    /// Applies a registry: what stays keeps its state and its counts.
    ///
    /// - Parameter memory: what is known of an earlier process.
    package func apply(_ registry: CheckRegistry, memory: RegistryMemory? = nil) {
        generation.withLock { _ in
            status.apply(registry, memory: memory)
            recorder.apply(registry, at: status.timestamp)
        }
    }

    /// A copy of everything, for pages and documents.
    package func snapshot() -> Snapshot {
        generation.withLock { _ in Snapshot(health: status.snapshot(), metrics: recorder.snapshot()) }
    }
}
