import HealthChecks
import HealthCore

/// The parts that tell whether everything makes progress.
struct ProgressParts<C: Clock>: Sendable where C.Duration == Duration {
    /// Advances the counters of loops.
    let loops: LoopProgress<C>
    /// Renders pages.
    let pageThread = PageThread()
    /// Tells which loop has stopped.
    let stalls: StallMonitor

    /// Makes the parts; nothing is inspected until the probe listener runs.
    init(_ configuration: ExporterConfiguration, environment: ExporterEnvironment<C>, checks: CheckParts<C>) {
        loops = LoopProgress(timeline: environment.timeline, group: environment.group)
        let (writer, pool) = (environment.log.writer, configuration.resources?.blockingPool)
        let log = ProgressCounter(name: StallMonitor.logWriter)
        let blocking = ProgressCounter(name: StallMonitor.blockingPool)
        let pages = ProgressCounter(name: StallMonitor.pageRenderer)
        let pinger = Pinger([
            .init(progress: log) { writer.advance($0) },
            .init(progress: blocking) { pool?.advance($0) ?? $0.advance() },
            .init(progress: pages) { [pageThread] in pageThread.advance($0) },
        ])
        let core = [loops.cooperativePool] + loops.eventLoops.map(\.progress) + [checks.scheduler.progress]
        stalls = StallMonitor(
            progressCounters: core + [log, blocking, pages] + environment.program.progressCounters,
            onlyWatched: [log.name, blocking.name, pages.name],
            bound: configuration.settings.limits.stall,
            longestPeriod: min(.seconds(1), (checks.notifier?.watchdogPeriod).map { $0 / 2 } ?? .seconds(1)),
            now: environment.timeline.moment,
            logger: environment.log.logger,
            ping: { pinger.ping() },
            whileAlive: { [notifier = checks.notifier] in notifier?.alive() }
        )
    }
}
