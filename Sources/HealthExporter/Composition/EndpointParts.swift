import HealthChecks
import HealthCore
import Platform

/// The parts that answer requests, and the reload that one of them triggers.
struct EndpointParts<C: Clock>: Sendable where C.Duration == Duration {
    /// Reloads the configuration.
    let reloader: Reloader<C>
    /// The places of the listeners' connections.
    let places: ListenerPlaces
    /// Answers requests.
    let responder: EndpointResponder
    /// TLS of the listeners, and users.
    let protections: ListenerProtections

    /// Makes the parts from those that know the answers.
    init(
        _ configuration: ExporterConfiguration,
        environment: ExporterEnvironment<C>,
        checks: CheckParts<C>,
        progress: ProgressParts<C>
    ) {
        let (timeline, store) = (environment.timeline, checks.store)
        let (heartbeats, components) = Self.routes(of: configuration)
        let protections = ListenerProtections(configuration, time: timeline)
        let (logger, load) = (environment.log.logger, environment.load)
        let running = RunningConfiguration(configuration, time: timeline, logger: logger, load: load) { configuration in
            checks.apply(configuration.registry)
            heartbeats.apply(configuration.registry)
            components.apply(configuration.registry)
            protections.apply(configuration)
            environment.log.setLevel(configuration.settings.logs.level)
        }
        let reloader = Reloader(running, timeline: timeline)
        let services = EndpointServices(
            probes: ProbeResponder(store: store, stalls: progress.stalls, time: timeline),
            components: components,
            heartbeats: heartbeats,
            drills: DrillRoute(store: store, components: components),
            run: RunRoute(components: components) { checks.scheduler.runNow($0) },
            reload: ReloadRoute { await reloader.reload() },
            flags: FlagRoutes(store: store),
            access: Self.access(configuration.settings.web),
            details: configuration.settings.web.details
        )
        let (places, counts) = (Self.places(environment.servesMainListener), RequestCounts())
        let metrics = ExporterMetrics(
            build: BuildFacts(revision: environment.variable("HEALTH_EXPORTER_REVISION")),
            activity: { checks.scheduler.activity },
            probes: { services.probes.facts() },
            reloads: { running.facts },
            stalls: { progress.stalls.facts },
            state: { checks.memory?.facts },
            connections: { places.all.map(\.facts) },
            lastScrape: { progress.pageThread.lastScrape },
            log: { [writer = environment.log.writer] in writer.figures },
            requests: { counts.facts },
            process: { ProcessFacts.read() }
        )
        let pages = Self.pages(configuration, checks: checks, metrics: metrics, time: timeline)
        let renderer = PageRenderer(thread: progress.pageThread, time: timeline) { pages.render($0) }
        let feed = LiveFeed(thread: progress.pageThread) { pages.statusPages.changes($0) }
        responder = EndpointResponder(services: services, renderer: renderer, feed: feed, counts: counts)
        (self.reloader, self.places, self.protections) = (reloader, places, protections)
    }

    /// The places of the listeners, whose descriptors checks leave alone.
    private static func places(_ servesMain: Bool) -> ListenerPlaces {
        let places = ListenerPlaces(servesMain: servesMain, descriptors: ProcessFiles.limit() ?? .max)
        DescriptorReserve.keep(forListeners: places.capacity)
        return places
    }

    /// The routes that know names of the registry.
    private static func routes(of configuration: ExporterConfiguration) -> (HeartbeatRoute, ComponentNames) {
        let heartbeats = HeartbeatRoute(hostNames: configuration.settings.web.hostNames)
        let components = ComponentNames()
        heartbeats.apply(configuration.registry)
        components.apply(configuration.registry)
        return (heartbeats, components)
    }

    /// Who may change something.
    private static func access(_ web: WebSettings) -> LifecycleAccess {
        LifecycleAccess(audience: web.lifecycle, hostNames: web.hostNames)
    }

    /// The pages of a configuration, from what the checks found and what the exporter measures of itself.
    private static func pages(
        _ configuration: ExporterConfiguration,
        checks: CheckParts<C>,
        metrics: ExporterMetrics,
        time: any TimeSource
    ) -> Pages {
        let selection = configuration.settings.metrics.selection
        return Pages(
            identity: configuration.identity,
            generations: checks.pipeline.generations,
            history: checks.history,
            metrics: metrics,
            nextDue: { checks.scheduler.nextDue($0) },
            time: time,
            selection: selection,
            metricsPages: MetricsPages(histograms: selection.histograms, started: time.timestamp),
            live: LivePage(started: time.timestamp)
        )
    }
}
