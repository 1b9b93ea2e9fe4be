import HealthCore
import ServiceLifecycle

/// Writes once a second what changed, and the rest at the end.
struct StateService<C: Clock>: Service where C.Duration == Duration {
    /// The state file.
    let memory: StateMemory
    /// What it is written from.
    let source: StateSource
    /// The clock of the second.
    let timeline: Timeline<C>

    /// What is lost at most when the process is killed.
    private static var period: Duration { .seconds(1) }
    /// How long the last write may take.
    private static var closingLimit: Duration { .seconds(1) }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                memory.write(source)
                // Cancelled at the shutdown: the loop ends with it.
                try? await timeline.sleep(until: timeline.moment.advanced(by: Self.period))
            }
        }
        memory.close(within: Self.closingLimit, source)
    }
}
