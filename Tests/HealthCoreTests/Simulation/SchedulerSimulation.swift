import HealthCore
import HealthTesting

/// One simulation: a scheduler with a real store and recorder in virtual time, under the eyes of a referee.
struct SchedulerSimulation {
    private static let tick = Duration.milliseconds(2)

    var plan: SimulationPlan
    let simulation = Simulation()
    let wallClock: ManualWallClock
    let timeline: Timeline<ManualClock>
    let store: StatusStore
    private let recorder: MetricsRecorder
    private let log: SimulationLog
    private let scheduler: Scheduler<ManualClock>
    var factory: SimulatedCheckFactory
    private(set) var registry = CheckRegistry()
    var components: [ComponentRegistration] = []
    var componentCount = 0
    private var instants = 0
    var referee: SimulationReferee

    init(seed: UInt64) {
        self.init(plan: SimulationPlan(seed: seed), seed: seed)
    }

    /// A simulation of a plan; the seed draws the ids of runs only.
    init(plan: SimulationPlan, seed: UInt64) {
        self.plan = plan
        wallClock = ManualWallClock(following: simulation.clock)
        timeline = Timeline(clock: simulation.clock, wallClock: wallClock)
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
        for _ in 0..<plan.initialComponents { addComponent() }
        try apply()
        let hasReturned = Shared(false)
        simulation.spawn { [scheduler] in
            await scheduler.run()
            hasReturned.withLock { $0 = true }
        }
        for (moment, action) in plan.actions {
            // A suspension may have carried the clock past it.
            advance(to: max(moment, timeline.moment))
            try perform(action)
        }
        advance(to: max(.zero.advanced(by: plan.length), timeline.moment))
        compareEverything()
        end()
        referee.require(hasReturned.withLock { $0 }, "run() did not return", at: timeline.moment)
        for file in referee.files.values {
            let isPublished = file.run?.isPublished ?? true
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
        simulation.drain()
        scheduler.finish()
        simulation.end()
        referee.follow(log.drainEvents())
    }

    private mutating func advance(to moment: Moment) {
        simulation.run(until: moment) { compareInstant() }
    }

    /// Everything that can happen at this instant has happened.
    private mutating func compareInstant() {
        let now = timeline.moment
        referee.follow(log.drainEvents())
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
        referee.coverage.record(.moreOverdueThanAllowed, if: referee.runsOverdue > plan.limits.runsOverdue)
        instants += 1
        if instants % 16 == 0 { compareStatus() }
    }

    /// A registry of the components, with groups, flags and windows drawn anew.
    private mutating func makeRegistry() throws -> CheckRegistry {
        var made = CheckRegistry()
        let grouped = components.map(\.name).filter { _ in plan.generator.oneIn(2) }
        let dependable = components.map { component in
            component.with(
                dependencies: component.dependencies.filter { name in components.contains { $0.name == name } }
            )
        }
        var groups: [(name: String, members: [String])] = []
        if !grouped.isEmpty {
            let cut = Int.random(in: 0...grouped.count, using: &plan.generator)
            groups = [("g0", Array(grouped[..<cut])), ("g1", Array(grouped[cut...]))].filter { !$0.1.isEmpty }
        }
        for component in dependable {
            // A group needs its members: so there is no ring.
            let needed = groups.filter { group in
                group.members.allSatisfy { $0 < component.name } && plan.generator.oneIn(3)
            }
            referee.coverage.record(.dependencyOnAGroup, if: !needed.isEmpty)
            try made.add(component.with(dependencies: component.dependencies + needed.map(\.name)))
        }
        for group in groups { try made.add(plan.generator.group(group.name, group.members)) }
        let names = components.map(\.name) + made.groups.map(\.name)
        for number in 0..<2 where !names.isEmpty {
            let needs = names.filter { _ in plan.generator.oneIn(3) }
            guard !needs.isEmpty else { continue }
            try made.add(FlagRegistration(name: "f\(number)", requires: needs, defaultValue: plan.generator.oneIn(2)))
        }
        for _ in 0..<Int.random(in: 0...2, using: &plan.generator) {
            try made.add(plan.generator.window(components.map(\.name), around: timeline.timestamp))
        }
        return made
    }

    mutating func apply() throws {
        renewWhatCannotGoOn()
        var made = try makeRegistry()
        // A check is the same when its script is.
        let scripts = Dictionary(
            uniqueKeysWithValues: registry.checks.map { ($0.registration.id, $0.registration.kind) }
        )
        let unchanged = made.checks.map(\.registration).filter { scripts[$0.id] == $0.kind }.map(\.id)
        made.replace(registry, unchanged: Set(unchanged))
        let old = Dictionary(uniqueKeysWithValues: registry.checks.map { ($0.registration.id, $0.handle) })
        registry = made
        store.apply(registry)
        recorder.apply(registry)
        scheduler.apply(registry)
        replaceFiles(of: old)
        compareEverything()
    }

    private mutating func replaceFiles(of old: [CheckID: CheckHandle]) {
        let now = timeline.moment
        referee.update(at: now)
        let checks = registry.checks
        let wanted = Set(checks.map(\.handle))
        for (handle, file) in referee.live {
            referee.coverage.record(.reloadDuringARun, if: file.isRunning && wanted.contains(handle))
            if !wanted.contains(handle) { referee.remove(handle) }
        }
        for (handle, registration, component) in checks where referee.files[handle] == nil {
            let grid = SlotGrid(instance: "a", id: registration.id, interval: registration.schedule.interval)
            let first = now.advanced(by: grid.firstDelay(amongChecks: checks.count))
            var file = CheckFile(registration, impact: component.impact, grid: grid, first: first)
            if let before = old[registration.id].flatMap({ referee.files[$0] }) {
                file.inherit(before, at: now)
                if before.isStartupCheck != file.isStartupCheck, before.reference.isPending {
                    file.joinsBy = referee.world.hasStarted ? now.advanced(by: registration.schedule.maximumAge) : nil
                }
                let isKept = file.reference.isPastItsAge(at: now) && file.status(at: now) != .unknown
                referee.coverage.record(.keptPastAShorterAge, if: isKept)
                referee.coverage.record(.replacedCheckDuringARun, if: before.isRunning)
            } else if referee.world.hasStarted {
                file.joinsBy = now.advanced(by: registration.schedule.maximumAge)
            }
            referee.add(handle, file)
        }
        referee.world.apply(registry)
    }

    mutating func compareEverything() {
        referee.follow(log.drainEvents())
        compareStatus()
        compareCounts()
    }

    mutating func compareStatus() {
        // First as a probe reads it: nothing but its own moment tells whether it still holds.
        let verdict = store.verdict()
        referee.compareStatus(with: store.snapshot(), verdict, at: timeline.moment)
    }

    private mutating func compareCounts() {
        referee.compareCounts(with: recorder.snapshot(), at: timeline.moment)
    }
}
