import HealthCore

/// The parts that run checks and keep what is known of them.
struct CheckParts<C: Clock>: Sendable where C.Duration == Duration {
    /// The statuses.
    let store: StatusStore
    /// Where results go.
    let pipeline: ResultPipeline
    /// Runs the checks.
    let scheduler: Scheduler<C>
    /// What pages show of the past.
    let history: HistoryStore
    /// The file that remembers it over a restart; nil when it is kept in memory only.
    let memory: StateMemory?
    /// What that file is written from.
    let stateSource: StateSource
    /// Notifies systemd; nil where it does not listen.
    let notifier: SystemdNotifier?
    /// When rare checks are next due that an earlier process has run.
    let due: [CheckID: Moment]

    /// Makes the parts; no check runs until the registry is applied to the scheduler.
    init(_ configuration: ExporterConfiguration, _ environment: ExporterEnvironment<C>) {
        configuration.adaptLoops()
        let (timeline, logger) = (environment.timeline, environment.log.logger)
        let resultLogger = ResultLogger(logger: logger)
        let state = configuration.settings.state
        memory = state.isKept ? StateMemory(state, time: timeline, logger: logger) : nil
        let remembered = memory?.open()
        let history = HistoryStore(time: timeline, isKept: state.isKept, remembering: remembered)
        let notifier = SystemdNotifier(variable: environment.variable, time: timeline, logger: logger)
        let listeners = ListenerAddresses.startupTasks(servesMain: environment.servesMainListener)
        store = StatusStore(
            time: timeline,
            unknownPolicy: configuration.settings.readiness.unknown,
            startupTasks: listeners + environment.program.startupTasks.map(\.name)
        ) { events in
            history.record(events)
            resultLogger.log(events)
            for case .started in events { notifier?.ready() }
        }
        self.notifier = notifier
        let recorder = MetricsRecorder(
            identity: configuration.identity,
            histograms: configuration.settings.metrics.histograms
        )
        self.history = history
        pipeline = ResultPipeline(store: store, recorder: recorder, history: history, logger: resultLogger)
        let known = remembered.map { RegistryMemory($0, for: configuration.registry, at: timeline) }
        due = known?.due ?? [:]
        pipeline.apply(configuration.registry, memory: known)
        stateSource = StateSource(
            history: history,
            recorder: recorder,
            heartbeats: HeartbeatMemory(),
            startMoment: timeline.moment,
            start: timeline.timestamp
        )
        stateSource.heartbeats.apply(configuration.registry, remembering: remembered)
        memory?.readCounts(into: stateSource)
        var scheduling = Scheduler<C>.Configuration(instance: configuration.identity.instance) {
            var generator = SystemRandomNumberGenerator()
            return TraceID(using: &generator)
        }
        // A check that a program registers may block its thread, which must not be the one of the scheduler.
        scheduling.executor = globalConcurrentExecutor
        scheduling.limits.runsInFlight = configuration.settings.limits.runsInFlight
        scheduler = Scheduler(configuration: scheduling, timeline: timeline, sink: pipeline)
    }

    /// Runs the checks of another registry from now on, and keeps what is known of them.
    func apply(_ registry: CheckRegistry) {
        pipeline.apply(registry)
        scheduler.apply(registry)
        stateSource.heartbeats.apply(registry)
    }
}
