import HealthCore
import Logging
import ServiceLifecycle

/// Ends when a signal ends the process; that starts the graceful shutdown of the rest.
struct TerminationService: Service {
    /// Receives the signals.
    let termination: Termination

    func run() async throws {
        for await _ in termination.requests.cancelOnGracefulShutdown() { return }
    }
}

/// Keeps everything running for the drain delay while readiness fails, so that load balancers can move on.
struct DrainGate<C: Clock>: Service where C.Duration == Duration {
    /// The clock of drain and grace.
    let timeline: Timeline<C>
    /// When the shutdown began.
    let shutdown: Shutdown
    /// From the signal on.
    let drain: Duration

    func run() async throws {
        // Ends by graceful shutdown; a cancelled group skips the drain.
        try? await gracefulShutdown()
        shutdown.begin()
        // Cancelled when the group is: then there is nothing to drain for.
        try? await timeline.sleep(until: shutdown.beganAt(orNow: timeline.moment).advanced(by: drain))
    }
}

/// Stops starting runs, lets those in flight finish, and aborts the rest in time for the listeners to close within grace.
struct SchedulerService<C: Clock>: Service where C.Duration == Duration {
    /// Runs the checks.
    let scheduler: Scheduler<C>
    /// Keeps their statuses.
    let store: StatusStore
    /// The clock of drain and grace.
    let timeline: Timeline<C>
    /// When the shutdown began.
    let shutdown: Shutdown
    /// From the signal on.
    let drain: Duration
    /// From the signal on, longer than the drain.
    let grace: Duration

    func run() async throws {
        // Ends by graceful shutdown or cancellation; either way no more runs.
        try? await gracefulShutdown()
        // Without runs every status would soon be stale, which is not worth a log line.
        store.stopAging()
        scheduler.stopStarting()
        let began = shutdown.beganAt(orNow: timeline.moment)
        let margin = min(.seconds(1), (grace - drain) / 4)
        await scheduler.waitUntilIdle(until: began.advanced(by: grace - margin))
        scheduler.abortRuns()
        await scheduler.waitUntilIdle(until: timeline.moment.advanced(by: margin / 4), countingOverdue: true)
    }
}

/// Logs that the exporter has stopped, and writes what is left of the log; the last to stop.
struct LogWriterService: Service {
    /// Writes the log.
    let writer: LogWriter
    /// Logs the last line.
    let logger: Logger

    /// How long the rest of the log may take.
    static let flushLimit = Duration.seconds(1)

    func run() async throws {
        // Ends by graceful shutdown or cancellation; either way the log is written out.
        try? await gracefulShutdown()
        logger.info("The exporter has stopped.", metadata: ["event": "exporter.stopped"])
        writer.flush(within: Self.flushLimit)
    }
}
