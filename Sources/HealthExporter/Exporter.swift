package import HealthCore
package import Logging
package import NIOCore
import ServiceLifecycle
import Synchronization

/// The composition root: makes the parts, starts them, stops them in order.
package struct Exporter<C: Clock>: Sendable where C.Duration == Duration {
    /// What an exporter is made of besides its configuration.
    package struct Environment: Sendable {
        package var timeline: Timeline<C>
        package var group: any EventLoopGroup
        package var writer: LogWriter
        package var logger: Logger
        package var termination: Termination
        /// Called when all has stopped but runs that ignore their cancellation: nothing but the process's end stops those.
        ///
        /// Gets what went wrong, if anything did.
        package var abandonRuns: @Sendable ((any Error)?) -> Void
        /// `HEALTH_EXPORTER_REVISION`, for the build info.
        package var revision: String?
        /// Reads the configuration that is to replace another one; may block.
        package var load: @Sendable (ExporterConfiguration) throws(ConfigurationError) -> ExporterConfiguration
        /// Takes over the level of a new configuration.
        package var setLogLevel: @Sendable (LogLevel) -> Void

        package init(
            timeline: Timeline<C>,
            group: any EventLoopGroup,
            writer: LogWriter,
            logger: Logger,
            termination: Termination,
            revision: String? = nil,
            load: @escaping @Sendable (ExporterConfiguration) throws(ConfigurationError) -> ExporterConfiguration = {
                $0
            },
            setLogLevel: @escaping @Sendable (LogLevel) -> Void = { _ in },
            abandonRuns: @escaping @Sendable ((any Error)?) -> Void
        ) {
            self.timeline = timeline
            self.group = group
            self.writer = writer
            self.logger = logger
            self.termination = termination
            self.revision = revision
            self.load = load
            self.setLogLevel = setLogLevel
            self.abandonRuns = abandonRuns
        }
    }

    private let configuration: ExporterConfiguration
    private let environment: Environment

    package init(configuration: ExporterConfiguration, environment: Environment) {
        self.configuration = configuration
        self.environment = environment
    }

    /// Runs until a signal.
    ///
    /// Throws when a listener can't be bound.
    package func run() async throws {
        let parts = makeParts()
        environment.termination.setPlan(parts.plan)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await parts.scheduler.run() }
            group.addTask { await parts.heartbeats.run() }
            group.addTask { await parts.reloader.run(requests: environment.termination.reloads) }
            parts.scheduler.apply(configuration.registry)
            var failure: (any Error)?
            do {
                try await serviceGroup(parts).run()
            } catch {
                failure = error
            }
            parts.scheduler.finish()
            group.cancelAll()
            if parts.scheduler.activity.runs > 0 { environment.abandonRuns(failure) }
            if let failure { throw failure }
        }
    }

    private struct Parts: Sendable {
        var store: StatusStore
        var recorder: MetricsRecorder
        var scheduler: Scheduler<C>
        var heartbeats: Heartbeats<C>
        var heartbeatRoute: HeartbeatRoute
        var reloader: Reloader<C>
        var stalls: StallMonitor
        var shutdown: Shutdown
        var plan: Termination.Plan
    }

    private func makeParts() -> Parts {
        let (timeline, logger, writer) = (environment.timeline, environment.logger, environment.writer)
        let resultLogger = ResultLogger(logger: logger)
        let store = StatusStore(
            time: timeline,
            unknownPolicy: configuration.unknownPolicy,
            startupTasks: ListenerAddresses.startupTasks,
            report: resultLogger.log
        )
        let recorder = MetricsRecorder(identity: configuration.identity)
        let pipeline = ResultPipeline(store: store, recorder: recorder, logger: resultLogger)
        pipeline.apply(configuration.registry)
        var scheduling = Scheduler<C>.Configuration(instance: configuration.identity.instance) {
            var generator = SystemRandomNumberGenerator()
            return TraceID(using: &generator)
        }
        scheduling.limits.runsInFlight = configuration.limits.runsInFlight
        let scheduler = Scheduler(configuration: scheduling, timeline: timeline, sink: pipeline)
        let heartbeatRoute = HeartbeatRoute()
        heartbeatRoute.apply(configuration.registry)
        let reloader = Reloader(
            running: configuration,
            timeline: timeline,
            logger: logger,
            load: environment.load
        ) { [environment] configuration in
            pipeline.apply(configuration.registry)
            scheduler.apply(configuration.registry)
            heartbeatRoute.apply(configuration.registry)
            environment.setLogLevel(configuration.logLevel)
        }
        let heartbeats = Heartbeats(timeline: timeline, group: environment.group)
        let watermarks = [heartbeats.cooperativePool] + heartbeats.eventLoops.map(\.watermark) + [scheduler.watermark]
        let stalls = StallMonitor(
            watermarks: watermarks,
            bound: configuration.limits.stall,
            now: timeline.moment,
            logger: logger
        )
        let shutdown = Shutdown(store: store, time: timeline, logger: logger)
        let plan = Termination.Plan(grace: configuration.grace) {
            shutdown.begin()
        } lastWords: {
            logger.error("The exporter did not stop within grace.", metadata: ["event": "exporter.stopped"])
            writer.flush(within: .milliseconds(500))
        }
        return Parts(
            store: store,
            recorder: recorder,
            scheduler: scheduler,
            heartbeats: heartbeats,
            heartbeatRoute: heartbeatRoute,
            reloader: reloader,
            stalls: stalls,
            shutdown: shutdown,
            plan: plan
        )
    }

    /// In the order of their start; they stop in reverse, one after another.
    private func serviceGroup(_ parts: Parts) -> ServiceGroup {
        let (timeline, logger) = (environment.timeline, environment.logger)
        let listeners = makeListeners(parts)
        let services: [any Service] = [
            LogWriterService(writer: environment.writer, logger: logger),
            listeners.probe,
            listeners.main,
            SchedulerService(
                scheduler: parts.scheduler,
                timeline: timeline,
                shutdown: parts.shutdown,
                drain: configuration.drain,
                grace: configuration.grace
            ),
            DrainGate(timeline: timeline, shutdown: parts.shutdown, drain: configuration.drain),
        ]
        let terminator = ServiceGroupConfiguration.ServiceConfiguration(
            service: TerminationService(termination: environment.termination),
            successTerminationBehavior: .gracefullyShutdownGroup
        )
        return ServiceGroup(
            configuration: .init(services: services.map { .init(service: $0) } + [terminator], logger: quiet(logger))
        )
    }

    private func makeListeners(_ parts: Parts) -> (probe: ProbeListener, main: MainListener) {
        let (timeline, logger) = (environment.timeline, environment.logger)
        let addresses = ListenerAddresses(store: parts.store, logger: logger)
        let counts = RequestCounts()
        let responder = ProbeResponder(store: parts.store, stalls: parts.stalls, time: timeline)
        let scheduler = parts.scheduler
        let facts = FactsCollector(
            build: Build.facts(revision: environment.revision),
            reloads: { [reloader = parts.reloader] in reloader.facts },
            probes: responder,
            counts: counts,
            stalls: parts.stalls,
            writer: environment.writer,
            activity: { (scheduler.activity.runsInFlight, scheduler.activity.runsOverdue) },
            nextDue: { scheduler.nextDue($0) }
        )
        let pages = Pages(
            identity: configuration.identity,
            store: parts.store,
            recorder: parts.recorder,
            facts: facts,
            time: timeline,
            showsPhases: configuration.showsPhases
        )
        let probe = ProbeListener(
            responder: responder,
            counts: counts,
            stalls: parts.stalls,
            store: parts.store,
            time: timeline,
            address: configuration.probeListen,
            onBound: { addresses.setProbe($0) }
        )
        let routes = MainRoutes(
            probes: responder,
            pages: pages,
            heartbeats: parts.heartbeatRoute,
            lifecycle: LifecycleRoutes(
                store: parts.store,
                reload: { [reloader = parts.reloader] in await reloader.reload() },
                audience: configuration.lifecycle,
                hostNames: configuration.hostNames
            ),
            flags: FlagRoutes(store: parts.store),
            counts: counts,
            details: configuration.details
        )
        let main = MainListener(
            routes: routes,
            address: configuration.listen,
            group: environment.group,
            logger: quiet(logger),
            onBound: { addresses.setMain($0) }
        )
        return (probe, main)
    }

    /// For libraries: what they say below a warning is not for the exporter's readers.
    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .error)
        return logger
    }
}
