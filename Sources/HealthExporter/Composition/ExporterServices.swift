import HealthCore
import Logging
import ServiceLifecycle

/// The services of an exporter, in the order of their start; they stop in reverse, one after another.
struct ExporterServices<C: Clock>: Sendable where C.Duration == Duration {
    /// Addresses, drain and grace.
    let configuration: ExporterConfiguration
    /// The clock, the event loops and the log.
    let environment: ExporterEnvironment<C>
    /// What drain and shutdown stop.
    let checks: CheckParts<C>
    /// What the probe listener's thread inspects.
    let progress: ProgressParts<C>
    /// What the listeners serve.
    let endpoints: EndpointParts<C>
    /// When the shutdown began.
    let shutdown: Shutdown

    /// The group that runs them until a signal or a graceful shutdown.
    func group() -> ServiceGroup {
        let log = environment.log
        let addresses = ListenerAddresses(
            store: checks.store,
            logger: log.logger,
            mainCount: mainAddresses.count
        )
        let services: [any Service] =
            [LogWriterService(writer: log.writer, logger: log.logger)] + stateServices + [probeListener(addresses)]
            + mainListeners(addresses) + (adminListener().map { [$0] } ?? [])
            + [LiveFeedService(feed: endpoints.responder.feed, timeline: environment.timeline)]
            + [schedulerService, drainGate]
        let terminator = ServiceGroupConfiguration.ServiceConfiguration(
            service: TerminationService(termination: environment.termination),
            successTerminationBehavior: .gracefullyShutdownGroup
        )
        return ServiceGroup(
            configuration: .init(
                services: services.map { .init(service: $0) } + [terminator],
                logger: log.libraryLogger
            )
        )
    }

    /// The state file is closed once nothing is run or served any more.
    private var stateServices: [any Service] {
        guard let memory = checks.memory else { return [] }
        return [StateService(memory: memory, source: checks.stateSource, timeline: environment.timeline)]
    }

    private var schedulerService: SchedulerService<C> {
        SchedulerService(
            scheduler: checks.scheduler,
            store: checks.store,
            timeline: environment.timeline,
            shutdown: shutdown,
            drain: configuration.settings.shutdown.drain,
            grace: configuration.settings.shutdown.grace
        )
    }

    private var drainGate: DrainGate<C> {
        DrainGate(timeline: environment.timeline, shutdown: shutdown, drain: configuration.settings.shutdown.drain)
    }

    private func probeListener(_ addresses: ListenerAddresses) -> ProbeListener {
        ProbeListener(
            responder: endpoints.responder.services.probes,
            counts: endpoints.responder.counts,
            stalls: progress.stalls,
            store: checks.store,
            time: environment.timeline,
            address: configuration.settings.web.probeListen,
            places: endpoints.places.probe,
            protection: endpoints.protections.probe,
            onBound: { addresses.setProbe($0) }
        )
    }

    private var mainAddresses: [ListenAddress] {
        environment.servesMainListener ? configuration.settings.web.listen : []
    }

    private func mainListeners(_ addresses: ListenerAddresses) -> [any Service] {
        let readers = PageReaderPlaces()
        return mainAddresses.map { address in
            MainListener(
                routes: endpoints.responder,
                address: address,
                places: endpoints.places.main,
                readers: readers,
                protection: endpoints.protections.main,
                group: environment.group,
                logger: environment.log.libraryLogger,
                onBound: { addresses.setMain($0) }
            )
        }
    }

    private func adminListener() -> AdminListener? {
        guard let socket = environment.adminSocket(configuration.settings.web.adminSocket) else { return nil }
        return AdminListener(
            routes: endpoints.responder,
            socket: socket,
            places: endpoints.places.admin,
            group: environment.group,
            logger: environment.log.logger,
            libraryLogger: environment.log.libraryLogger
        )
    }
}
