import HealthCore
import HealthTesting

/// One simulation: a scheduler with a real store and recorder in virtual time, under the eyes of a referee.
struct SchedulerSimulation {
    private static let tick = Duration.milliseconds(2)

    private var plan: SimulationPlan
    private let simulation = Simulation()
    private let timeline: Timeline<ManualClock>
    private let store: StatusStore
    private let recorder: MetricsRecorder
    private let log: SimulationLog
    private let scheduler: Scheduler<ManualClock>
    private var factory: SimulatedCheckFactory
    private var registry = CheckRegistry()
    private var componentCount = 0
    private var instants = 0
    private(set) var referee: SimulationReferee

    init(seed: UInt64) {
        plan = SimulationPlan(seed: seed)
        timeline = simulation.timeline()
        store = StatusStore(time: timeline) { _ in }
        recorder = MetricsRecorder(
            identity: ServiceIdentity(name: "orders", environment: "test", version: "1", instance: "a")
        )
        log = SimulationLog(time: timeline, target: StoreSink(store: store, recorder: recorder))
        factory = SimulatedCheckFactory(clock: simulation.clock, log: log)
        let traces = Shared(SeededGenerator(seed: ~seed))
        scheduler = Scheduler(
            configuration: .init(instance: "a", limits: plan.limits, tick: Self.tick) {
                traces.withLock { TraceID(using: &$0) }
            },
            timeline: timeline,
            sink: log
        )
        referee = SimulationReferee(limits: plan.limits, tick: Self.tick)
    }

    /// Runs it to its end.
    mutating func run() throws {
        for _ in 0..<plan.initialComponents { try addComponent() }
        apply()
        let hasReturned = Shared(false)
        simulation.spawn { [scheduler] in
            await scheduler.run()
            hasReturned.withLock { $0 = true }
        }
        for (moment, action) in plan.actions {
            advance(to: moment)
            switch action {
            case .add: try addComponent()
            case .remove: removeComponent()
            }
            apply()
        }
        advance(to: .zero.advanced(by: plan.length))
        compareEverything()
        end()
        referee.require(hasReturned.withLock { $0 }, "run() did not return", at: timeline.moment)
        for file in referee.files.values {
            let isPublished = file.run.map { $0.published != nil } ?? true
            referee.require(
                isPublished,
                "\(file.registration.id): the last run was never published",
                at: timeline.moment
            )
        }
    }

    private mutating func end() {
        referee.isEnding = true
        scheduler.abortRuns()
        simulation.settle()
        scheduler.finish()
        simulation.end()
        referee.follow(log.takeEvents())
    }

    private mutating func advance(to moment: Moment) {
        simulation.run(until: moment) { compareInstant() }
    }

    /// Everything that can happen at this instant has happened.
    private mutating func compareInstant() {
        let now = timeline.moment
        referee.follow(log.takeEvents())
        let live = referee.live
        let dues = scheduler.nextDue(live.map(\.handle))
        let isFull = referee.placesTaken >= plan.limits.runsInFlight
        for ((_, file), due) in zip(live, dues) {
            let id = file.registration.id
            referee.require(
                due == file.due,
                "\(id): due at \(due?.nanoseconds ?? -1), not \(file.due.nanoseconds)",
                at: now
            )
            referee.require(file.waiting == nil || isFull, "\(id): waits though there is a place", at: now)
        }
        let activity = scheduler.activity
        referee.require(activity.runsInFlight == referee.runsInFlight, "wrong number of runs in flight", at: now)
        referee.require(activity.runsOverdue == referee.runsOverdue, "wrong number of overdue runs", at: now)
        referee.coverage.note(.moreOverdueThanAllowed, if: referee.runsOverdue > plan.limits.runsOverdue)
        instants += 1
        if instants % 16 == 0 { compareStatus() }
    }

    private mutating func addComponent() throws {
        // A name may come back after its removal.
        let name = "k\(componentCount % 5)"
        componentCount += 1
        registry.remove(component: name)
        try registry.add(factory.component(name, using: &plan.generator))
    }

    private mutating func removeComponent() {
        guard let victim = registry.components.randomElement(using: &plan.generator) else { return }
        registry.remove(component: victim.registration.name)
    }

    private mutating func apply() {
        compareEverything()
        store.apply(registry)
        recorder.apply(registry)
        scheduler.apply(registry)
        let now = timeline.moment
        let checks = registry.checks
        let wanted = Set(checks.map(\.handle))
        for (handle, _) in referee.live where !wanted.contains(handle) { referee.remove(handle) }
        for (handle, registration, component) in checks where referee.files[handle] == nil {
            let grid = SlotGrid(instance: "a", id: registration.id, interval: registration.schedule.interval)
            let first = now.advanced(by: grid.firstDelay(amongChecks: checks.count))
            referee.add(handle, CheckFile(registration, impact: component.impact, grid: grid, first: first))
        }
    }

    private mutating func compareEverything() {
        referee.follow(log.takeEvents())
        compareStatus()
        compareCounts()
    }

    private mutating func compareStatus() {
        referee.compareStatus(with: store.snapshot(), at: timeline.moment)
    }

    private mutating func compareCounts() {
        referee.compareCounts(with: recorder.snapshot(), at: timeline.moment)
    }
}
