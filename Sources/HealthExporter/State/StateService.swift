import HealthChecks
import HealthCore
import ServiceLifecycle

/// Writes once a second what changed, and the rest at the end.
struct StateService<C: Clock>: Service where C.Duration == Duration {
    /// The state file.
    let memory: StateMemory
    /// Gathers what changes.
    let history: HistoryStore
    /// The workers that report.
    let heartbeats: HeartbeatMemory
    /// The clock of the second.
    let timeline: Timeline<C>

    /// What is lost at most when the process is killed.
    private static var period: Duration { .seconds(1) }
    /// How long the last write may take.
    private static var closingLimit: Duration { .seconds(1) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                memory.write(gather) { [history] in history.restore($0) }
                // Cancelled at the shutdown: the loop ends with it.
                try? await timeline.sleep(until: timeline.moment.advanced(by: Self.period))
            }
        }
        memory.close(within: Self.closingLimit, gather)
    }

    private var gather: @Sendable () -> HistoryBatch? {
        { [history, heartbeats] in
            var batch = history.drainBatch() ?? HistoryBatch()
            batch.heartbeats = heartbeats.drainChanges()
            return batch.isEmpty ? nil : batch
        }
    }
}
