import HealthCore

/// The parts that run checks and keep what is known of them.
struct CheckParts<C: Clock>: Sendable where C.Duration == Duration {
    /// The statuses.
    let store: StatusStore
    /// Where results go.
    let pipeline: ResultPipeline
    /// Runs the checks.
    let scheduler: Scheduler<C>
    /// Notifies systemd; nil where it does not listen.
    let notifier: SystemdNotifier?

    /// Makes the parts; no check runs until the registry is applied to the scheduler.
    init(_ configuration: ExporterConfiguration, _ environment: ExporterEnvironment<C>) {
        configuration.adaptLoops()
        let (timeline, logger) = (environment.timeline, environment.log.logger)
        let resultLogger = ResultLogger(logger: logger)
        let notifier = SystemdNotifier(variable: environment.variable, time: timeline, logger: logger)
        let listeners = ListenerAddresses.startupTasks(servesMain: environment.servesMainListener)
        store = StatusStore(
            time: timeline,
            unknownPolicy: configuration.settings.readiness.unknown,
            startupTasks: listeners + environment.program.startupTasks.map(\.name)
        ) { events in
            resultLogger.log(events)
            for case .started in events { notifier?.ready() }
        }
        self.notifier = notifier
        let recorder = MetricsRecorder(
            identity: configuration.identity,
            histograms: configuration.settings.metrics.histograms
        )
        pipeline = ResultPipeline(store: store, recorder: recorder, logger: resultLogger)
        pipeline.apply(configuration.registry)
        var scheduling = Scheduler<C>.Configuration(instance: configuration.identity.instance) {
            var generator = SystemRandomNumberGenerator()
            return TraceID(using: &generator)
        }
        // A check that a program registers may block its thread, which must not be the one of the scheduler.
        scheduling.executor = globalConcurrentExecutor
        scheduling.limits.runsInFlight = configuration.settings.limits.runsInFlight
        scheduler = Scheduler(configuration: scheduling, timeline: timeline, sink: pipeline)
    }
}
