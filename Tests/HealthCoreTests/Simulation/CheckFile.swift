import HealthCore
import HealthTesting

/// What the referee knows about one check: what should be due, what goes on, and what was counted.
struct CheckFile {
    /// A run that was started.
    struct Run {
        let start: Moment
        var behaviour: ScriptedCheck.Behaviour?
        var published: RunOutcome?
        var isOverdue = false
        var leftAt: Moment?
    }

    let registration: Registration
    let impact: Impact
    let grid: SlotGrid
    var due: Moment
    var isConfirming = false
    /// The slot to come, or the run of the last one, lies off the grid.
    var isOffGrid = true
    var waiting: Moment?
    var run: Run?
    var reference: ReferenceStatus
    var isRemoved = false
    /// When it was registered after start-up: it counts from its first result on, or when that is overdue.
    var joinsBy: Moment?

    var slotsPassed = 0
    var starts = 0
    var outcomes: [RunOutcome: Int] = [:]
    var skips: [SkipReason: Int] = [:]
    /// Runs and skips of the check that this one replaces.
    private(set) var (inheritedRuns, inheritedSkips) = (0, 0)

    init(_ registration: Registration, impact: Impact, grid: SlotGrid, first: Moment) {
        self.registration = registration
        self.impact = impact
        self.grid = grid
        due = first
        reference = ReferenceStatus(
            thresholds: registration.thresholds,
            maximumAge: registration.schedule.maximumAge
        )
    }

    /// Takes over what is known of the check that this one replaces.
    mutating func inherit(_ old: CheckFile) {
        reference = ReferenceStatus(
            thresholds: registration.thresholds,
            maximumAge: registration.schedule.maximumAge,
            replacing: old.reference
        )
        (outcomes, skips, joinsBy) = (old.outcomes, old.skips, old.joinsBy)
        inheritedRuns = outcomes.values.reduce(0, +)
        inheritedSkips = skips.values.reduce(0, +)
    }

    var thresholds: Thresholds { registration.thresholds }
    var timeout: Duration { registration.schedule.timeout }

    /// Every result that says something about the target, and every slot lost to an overdue run.
    var readings: [ReferenceStatus.Reading] { reference.readings }

    /// Whether a run goes on that has not returned.
    var isRunning: Bool { run.map { $0.leftAt == nil } ?? false }

    /// Whether it counts for its component.
    func counts(at now: Moment) -> Bool {
        !reference.isPending || joinsBy.map { $0 < now } ?? true
    }

    /// The status that follows from what was published.
    func status(at now: Moment) -> HealthStatus {
        reference.status(at: now)
    }

    /// The slot that is due passes; the next one is on the grid, after the run of a slot off the grid may have taken its time.
    mutating func passSlot(at now: Moment, isSkipped: Bool) -> Moment {
        defer {
            isOffGrid = isOffGrid && !isSkipped
            due = grid.next(after: isOffGrid ? now.advanced(by: timeout) : now)
            isConfirming = false
        }
        slotsPassed += 1
        return due
    }

    /// A result or a lost slot was published.
    mutating func reschedule(disagrees: Bool, at now: Moment) {
        if disagrees {
            due = now.advanced(by: registration.schedule.confirmInterval)
        } else if isOffGrid {
            due = grid.next(after: now)
        }
        isConfirming = disagrees
        isOffGrid = disagrees
    }

    /// The outcome that a behaviour must lead to, and how long after its start.
    func expected(_ behaviour: ScriptedCheck.Behaviour) -> (outcome: RunOutcome, after: Duration) {
        let latency = behaviour.latency
        if latency >= timeout { return (.timeout, timeout) }
        let isSlow = registration.degradedAbove.map { latency > $0 } ?? false
        switch behaviour {
        case .report(.success, _), .deaf: return (isSlow ? .degraded : .success, latency)
        case .report(.degraded, _): return (.degraded, latency)
        case .report(.failure(.internal), _), .failure(.internal, _): return (.internal, latency)
        case .report, .failure, .error: return (.failure, latency)
        }
    }
}
