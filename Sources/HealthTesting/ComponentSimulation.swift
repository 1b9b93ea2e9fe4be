public import HealthCore

/// A component on its schedule in virtual time: a day passes in a moment, and always in the same way.
///
/// For checks that do their work without leaving the task, or that sleep on ``clock``. A check that waits for a real server would
/// never get its answer, because real time does not pass here.
public final class ComponentSimulation {
    /// The clock of the schedule.
    public var clock: ManualClock { simulation.clock }
    private let simulation = Simulation()
    private let store: StatusStore
    private let sink: RecordingSink
    private let scheduler: Scheduler<ManualClock>
    private let handles: [CheckHandle: CheckID]
    private var now = Moment.zero

    /// A simulation of a component, at the moment of its registration.
    ///
    /// - Parameter component: gets the clock of the simulation, for checks that sleep on it.
    /// - Throws: ``HealthCore/RegistryError`` when the component cannot be registered.
    public init(_ component: (ManualClock) -> ComponentRegistration) throws {
        var registry = CheckRegistry()
        try registry.add(component(simulation.clock))
        let timeline = simulation.timeline()
        let identity = ServiceIdentity(name: "test", environment: "test", version: "0", instance: "test")
        store = StatusStore(time: timeline) { _ in }
        let recorder = MetricsRecorder(identity: identity)
        sink = RecordingSink(time: timeline, target: StoreSink(store: store, recorder: recorder))
        scheduler = Scheduler(
            configuration: .init(instance: identity.instance) { TraceID(high: 1, low: 2) },
            timeline: timeline,
            sink: sink
        )
        handles = Dictionary(uniqueKeysWithValues: registry.checks.map { ($0.handle, $0.registration.id) })
        store.apply(registry)
        recorder.apply(registry)
        scheduler.apply(registry)
        simulation.spawn { [scheduler] in await scheduler.run() }
    }

    deinit {
        scheduler.finish()
        simulation.end()
    }

    /// Lets time pass.
    public func run(for duration: Duration) {
        now = now.advanced(by: duration)
        simulation.run(until: now)
    }

    /// The status of the component now.
    public var status: HealthStatus { store.snapshot().components.first?.state.status ?? .unknown }

    /// The runs that ended until now with their checks, in the order in which they ended.
    public var runs: [(check: CheckID, run: TestedRun)] {
        sink.events.compactMap { event in
            switch event {
            case .published(let handle, let result, _): handles[handle].map { ($0, TestedRun(result)) }
            case .pending(let handle, let report): handles[handle].map { ($0, TestedRun(report, duration: .zero)) }
            default: nil
            }
        }
    }
}
