import HealthCore
import HealthTesting

/// A scheduler in virtual time with a sink that records.
struct SchedulerStage {
    let simulation = Simulation()
    let sink: RecordingSink
    let scheduler: Scheduler<ManualClock>
    let hasReturned = Shared(false)
    let task: Task<Void, Never>
    /// Holds the component `db` with one check.
    let registry: CheckRegistry

    init(_ behaviours: [ScriptedCheck.Behaviour], limits: Agenda.Limits = Agenda.Limits()) throws {
        let timeline = simulation.timeline()
        sink = RecordingSink(time: timeline)
        scheduler = Scheduler(
            configuration: .init(instance: "a", limits: limits) { TraceID(high: 0, low: 1) },
            timeline: timeline,
            sink: sink
        )
        let check = ScriptedCheck(behaviours, on: simulation.clock)
        let schedule = Schedule(interval: .seconds(10), timeout: .seconds(2))
        registry = try .make(.make(checks: [.make(check: check, schedule: schedule)]))
        scheduler.apply(registry)
        task = simulation.spawn { [scheduler, hasReturned] in
            await scheduler.run()
            hasReturned.withLock { $0 = true }
        }
    }

    /// Whether `run()` has returned.
    var isOver: Bool { hasReturned.withLock { $0 } }

    /// How many runs were started.
    var starts: Int {
        sink.events.count { if case .started = $0 { true } else { false } }
    }

    /// The kinds published, in order.
    var kinds: [ResultKind] {
        sink.events.compactMap { if case .published(_, let result, _) = $0 { result.kind } else { nil } }
    }
}
