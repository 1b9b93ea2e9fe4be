import HealthChecks
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
        /// What the program registered in code.
        package var program: ProgramRegistrations
        package var servesMainListener: Bool
        /// Where the admin socket is, by what the configuration asks for; none when nil.
        package var adminSocket: @Sendable (ExporterConfiguration.AdminSocket) -> AdminSocketPath?
        /// Environment variables by name.
        package var variable: @Sendable (String) -> String?
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
            program: ProgramRegistrations = ProgramRegistrations(),
            servesMainListener: Bool = true,
            adminSocket: @escaping @Sendable (ExporterConfiguration.AdminSocket) -> AdminSocketPath? = { _ in nil },
            variable: @escaping @Sendable (String) -> String? = { _ in nil },
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
            self.program = program
            self.servesMainListener = servesMainListener
            self.adminSocket = adminSocket
            self.variable = variable
            self.load = load
            self.setLogLevel = setLogLevel
            self.abandonRuns = abandonRuns
        }
    }

    private let configuration: ExporterConfiguration
    private let environment: Environment
    private let parts: Parts

    package init(configuration: ExporterConfiguration, environment: Environment) {
        self.configuration = configuration
        self.environment = environment
        parts = Self.makeParts(configuration, environment)
    }

    /// The answers of the main listener, for a program that serves them itself.
    var routes: MainRoutes { parts.routes }

    /// What is known now.
    var health: HealthSnapshot { parts.store.snapshot() }

    /// A task that start-up waits for is done.
    func finishStartup(task: String) {
        parts.store.finishStartup(task: task)
    }

    /// Runs until a signal.
    ///
    /// Throws when a listener can't be bound.
    package func run() async throws {
        environment.termination.setPlan(parts.plan)
        try await withThrowingTaskGroup(of: Void.self) { [parts] group in
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
            // A hung mount holds up no program that wants to end.
            configuration.resources?.blockingPool.abandonCalls()
            if parts.scheduler.activity.runs > 0 { environment.abandonRuns(failure) }
            if let failure { throw failure }
        }
    }

    private struct Parts: Sendable {
        var store: StatusStore
        var scheduler: Scheduler<C>
        var heartbeats: Heartbeats<C>
        var reloader: Reloader<C>
        var stalls: StallMonitor
        var shutdown: Shutdown
        var responder: ProbeResponder
        var counts: RequestCounts
        var routes: MainRoutes
        var places: ListenerPlaces
        var plan: Termination.Plan
    }

    private static func makeParts(_ configuration: ExporterConfiguration, _ environment: Environment) -> Parts {
        let (timeline, logger, writer) = (environment.timeline, environment.logger, environment.writer)
        let resultLogger = ResultLogger(logger: logger)
        let notifier = SystemdNotifier(variable: environment.variable, time: timeline, logger: logger)
        let tasks = ListenerAddresses.startupTasks(servesMain: environment.servesMainListener)
        let store = StatusStore(
            time: timeline,
            unknownPolicy: configuration.unknownPolicy,
            startupTasks: tasks + environment.program.startupTasks.map(\.name)
        ) { events in
            resultLogger.log(events)
            for case .started in events { notifier?.ready() }
        }
        let recorder = MetricsRecorder(identity: configuration.identity)
        let pipeline = ResultPipeline(store: store, recorder: recorder, logger: resultLogger)
        pipeline.apply(configuration.registry)
        let scheduler = makeScheduler(configuration, timeline, pipeline)
        let heartbeatRoute = HeartbeatRoute(hostNames: configuration.hostNames)
        heartbeatRoute.apply(configuration.registry)
        let components = ComponentNames()
        components.apply(configuration.registry)
        let reloader = Reloader(
            running: configuration,
            timeline: timeline,
            logger: logger,
            load: environment.load
        ) { configuration in
            pipeline.apply(configuration.registry)
            scheduler.apply(configuration.registry)
            heartbeatRoute.apply(configuration.registry)
            components.apply(configuration.registry)
            environment.setLogLevel(configuration.logLevel)
        }
        let heartbeats = Heartbeats(timeline: timeline, group: environment.group)
        let pageThread = PageThread()
        let stalls = makeStalls(configuration, environment, heartbeats, scheduler.watermark, pageThread, notifier)
        let places = ListenerPlaces(servesMain: environment.servesMainListener)
        let shutdown = Shutdown(store: store, time: timeline, logger: logger, notifier: notifier)
        let plan = Termination.Plan(grace: configuration.grace) {
            shutdown.begin()
        } lastWords: {
            logger.error("The exporter did not stop within grace.", metadata: ["event": "exporter.stopped"])
            writer.flush(within: .milliseconds(500))
        }
        let counts = RequestCounts()
        let responder = ProbeResponder(store: store, stalls: stalls, time: timeline)
        let facts = FactsCollector(
            build: Build.facts(revision: environment.revision),
            reloads: { reloader.facts },
            probes: responder,
            counts: counts,
            stalls: stalls,
            writer: writer,
            places: places.all,
            lastScrape: { pageThread.lastScrape },
            activity: { (scheduler.activity.runsInFlight, scheduler.activity.runsOverdue) },
            nextDue: { scheduler.nextDue($0) }
        )
        let pages = Pages(
            identity: configuration.identity,
            generations: pipeline.generations,
            facts: facts,
            time: timeline,
            showsPhases: configuration.showsPhases
        )
        let routes = MainRoutes(
            probes: responder,
            renderer: PageRenderer(thread: pageThread, time: timeline) { pages.render($0) },
            components: components,
            heartbeats: heartbeatRoute,
            lifecycle: LifecycleRoutes(
                store: store,
                components: components,
                reload: { await reloader.reload() },
                audience: configuration.lifecycle,
                hostNames: configuration.hostNames
            ),
            flags: FlagRoutes(store: store),
            counts: counts,
            details: configuration.details
        )
        return Parts(
            store: store,
            scheduler: scheduler,
            heartbeats: heartbeats,
            reloader: reloader,
            stalls: stalls,
            shutdown: shutdown,
            responder: responder,
            counts: counts,
            routes: routes,
            places: places,
            plan: plan
        )
    }

    private static func makeScheduler(
        _ configuration: ExporterConfiguration,
        _ timeline: Timeline<C>,
        _ pipeline: ResultPipeline
    ) -> Scheduler<C> {
        var scheduling = Scheduler<C>.Configuration(instance: configuration.identity.instance) {
            var generator = SystemRandomNumberGenerator()
            return TraceID(using: &generator)
        }
        scheduling.limits.runsInFlight = configuration.limits.runsInFlight
        return Scheduler(configuration: scheduling, timeline: timeline, sink: pipeline)
    }

    private static func makeStalls(
        _ configuration: ExporterConfiguration,
        _ environment: Environment,
        _ heartbeats: Heartbeats<C>,
        _ scheduler: Watermark,
        _ pageThread: PageThread,
        _ notifier: SystemdNotifier?
    ) -> StallMonitor {
        let (writer, pool) = (environment.writer, configuration.resources?.blockingPool)
        let (log, blocking, pages) = (
            Watermark(name: StallMonitor.logWriter), Watermark(name: StallMonitor.blockingPool),
            Watermark(name: StallMonitor.pageRenderer)
        )
        let pinger = Pinger([
            (log, { @Sendable in writer.beat($0) }), (blocking, { @Sendable in pool?.beat($0) ?? $0.beat() }),
            (pages, { @Sendable in pageThread.beat($0) }),
        ])
        let loops = heartbeats.eventLoops.map(\.watermark)
        let program = environment.program.livenessHeartbeats.map(\.watermark)
        return StallMonitor(
            watermarks: [heartbeats.cooperativePool] + loops + [scheduler, log, blocking, pages] + program,
            onlyWatched: [log.name, blocking.name, pages.name],
            bound: configuration.limits.stall,
            now: environment.timeline.moment,
            logger: environment.logger,
            ping: { pinger.ping() },
            whileAlive: { notifier?.alive() }
        )
    }

    /// In the order of their start; they stop in reverse, one after another.
    private func serviceGroup(_ parts: Parts) -> ServiceGroup {
        let (timeline, logger) = (environment.timeline, environment.logger)
        let listeners = makeListeners(parts)
        var services: [any Service] = [
            LogWriterService(writer: environment.writer, logger: logger), listeners.probe,
        ]
        if let main = listeners.main { services.append(main) }
        if let admin = makeAdminListener(parts) { services.append(admin) }
        services += [
            SchedulerService(
                scheduler: parts.scheduler,
                store: parts.store,
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

    private func makeListeners(_ parts: Parts) -> (probe: ProbeListener, main: MainListener?) {
        let addresses = ListenerAddresses(
            store: parts.store,
            logger: environment.logger,
            servesMain: environment.servesMainListener
        )
        let probe = ProbeListener(
            responder: parts.responder,
            counts: parts.counts,
            stalls: parts.stalls,
            store: parts.store,
            time: environment.timeline,
            address: configuration.probeListen,
            places: parts.places.probe,
            onBound: { addresses.setProbe($0) }
        )
        guard environment.servesMainListener else { return (probe, nil) }
        let main = MainListener(
            routes: parts.routes,
            address: configuration.listen,
            places: parts.places.main,
            group: environment.group,
            logger: quiet(environment.logger),
            onBound: { addresses.setMain($0) }
        )
        return (probe, main)
    }

    private func makeAdminListener(_ parts: Parts) -> AdminListener? {
        guard let socket = environment.adminSocket(configuration.adminSocket) else { return nil }
        return AdminListener(
            routes: parts.routes,
            socket: socket,
            group: environment.group,
            logger: environment.logger,
            libraryLogger: quiet(environment.logger)
        )
    }

    /// For libraries: what they say below a warning is not for the exporter's readers.
    private func quiet(_ logger: Logger) -> Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .error)
        return logger
    }
}
