import HealthCore
import Logging
import ServiceLifecycle

/// Ends when a signal asks the process to end; that starts the graceful shutdown of the rest.
struct TerminationService: Service {
    let termination: Termination

    func run() async throws {
        for await _ in termination.requests.cancelOnGracefulShutdown() { return }
    }
}

/// Lets everything go on for the drain delay, not ready already, so that load balancers can look elsewhere.
struct DrainGate<C: Clock>: Service where C.Duration == Duration {
    let timeline: Timeline<C>
    let shutdown: Shutdown
    let drain: Duration

    func run() async throws {
        // Ends by graceful shutdown; a cancelled group skips the drain.
        try? await gracefulShutdown()
        shutdown.begin()
        // Cancelled when the group is: then there is nothing to drain for.
        try? await timeline.sleep(until: shutdown.beganAt(orNow: timeline.moment).advanced(by: drain))
    }
}

/// Stops starting runs, lets those in flight finish, and aborts what is long in time for the rest to close within grace.
struct SchedulerService<C: Clock>: Service where C.Duration == Duration {
    let scheduler: Scheduler<C>
    let store: StatusStore
    let timeline: Timeline<C>
    let shutdown: Shutdown
    let drain: Duration
    let grace: Duration

    func run() async throws {
        // Ends by graceful shutdown or cancellation; either way no more runs.
        try? await gracefulShutdown()
        // Without runs every status would soon be too old, which is nobody's news.
        store.stopAging()
        scheduler.stopStarting()
        let began = shutdown.beganAt(orNow: timeline.moment)
        let margin = min(.seconds(1), (grace - drain) / 4)
        await scheduler.waitUntilIdle(until: began.advanced(by: grace - margin))
        scheduler.abortRuns()
        await scheduler.waitUntilIdle(until: timeline.moment.advanced(by: margin / 4), countingOverdue: true)
    }
}

/// Says the last words and writes what is left of the log; the last to stop.
struct LogWriterService: Service {
    let writer: LogWriter
    let logger: Logger

    static let flushLimit = Duration.seconds(1)

    func run() async throws {
        // Ends by graceful shutdown or cancellation; either way the log is written out.
        try? await gracefulShutdown()
        logger.info("The exporter has stopped.", metadata: ["event": "exporter.stopped"])
        writer.flush(within: Self.flushLimit)
    }
}
