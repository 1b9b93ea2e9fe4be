import HealthCore
import HealthTesting

/// What the referee knows about one check: what should be due, what goes on, and what was counted.
struct CheckFile {
    /// A run that was started.
    struct Run {
        let start: Moment
        /// Each try with when it began.
        var tries: [(behaviour: ScriptedCheck.Behaviour, at: Moment)] = []
        var published: ResultKind?
        var publishedAt: Moment?
        /// It ended with nothing to report, and so is none.
        var wasPending = false
        var isOverdue = false
        var leftAt: Moment?

        /// Whether it has a result and nothing of it goes on.
        var isOver: Bool { isPublished && leftAt != nil }

        /// Whether it has a result, or ended without one.
        var isPublished: Bool { published != nil || wasPending }
    }

    let registration: Registration
    let impact: Impact
    let grid: SlotGrid
    var due: Moment
    var isConfirming = false
    /// The slot to come, or the run of the last one, lies off the grid.
    var isOffGrid = true
    /// Put off after a halt, once.
    var isPutOff = false
    var waiting: Moment?
    var run: Run?
    var reference: ReferenceStatus
    var circuit: ReferenceCircuit?
    /// The trial that the schedule waits for.
    var trialAt: Moment?
    var isRemoved = false
    /// When it was registered after start-up: it counts from its first result on, or when that is overdue.
    var joinsBy: Moment?

    var slotsPassed = 0
    var starts = 0
    /// Runs that ended with nothing to report.
    var pendings = 0
    var kinds: [ResultKind: Int] = [:]
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
        circuit = registration.breaker.map {
            ReferenceCircuit($0, successThreshold: registration.thresholds.success)
        }
    }

    /// Inherits what is known of the check that this one replaces.
    mutating func inherit(_ old: CheckFile, at now: Moment) {
        reference = ReferenceStatus(
            thresholds: registration.thresholds,
            maximumAge: registration.schedule.maximumAge,
            replacing: old.reference,
            at: now
        )
        (kinds, skips, joinsBy) = (old.kinds, old.skips, old.joinsBy)
        inheritedRuns = kinds.values.reduce(0, +)
        inheritedSkips = skips.values.reduce(0, +)
    }

    var thresholds: Thresholds { registration.thresholds }
    var timeout: Duration { registration.schedule.timeout }

    /// Every result that says something about the target, and every slot lost to an overdue run.
    var readings: [ReferenceStatus.Reading] { reference.readings }

    /// Whether a run goes on that has not returned.
    var isRunning: Bool { run.map { !$0.isOver } ?? false }

    /// Whether start-up may wait for it; else it counts from its first result on.
    var isStartupCheck: Bool { registration.check.blocksStartup }

    /// Whether it counts for its component.
    func counts(at now: Moment) -> Bool {
        !reference.isPending || (isStartupCheck && joinsBy.map { $0 < now } ?? true)
    }

    /// The status that follows from what was published.
    func status(at now: Moment) -> HealthStatus {
        reference.status(at: now)
    }

    /// The slot that comes after a moment: a trial, when it comes before the next one on the grid.
    private func slot(after now: Moment) -> (moment: Moment, isTrial: Bool) {
        let next = grid.next(after: now)
        if let trialAt, trialAt > now, trialAt < next { return (trialAt, true) }
        return (next, false)
    }

    /// Whether the slot that is due passes because the circuit is open.
    var isBlockedByCircuit: Bool { trialAt.map { due < $0 } ?? false }

    /// The slot that is due passes; the next one is on the grid, after the run of a slot off the grid may have taken its time.
    mutating func passSlot(at now: Moment, isSkipped: Bool) -> Moment {
        if !isBlockedByCircuit, !isRunning { trialAt = nil }
        let passed = due
        let staysOff = isOffGrid && !isSkipped
        let next = slot(after: staysOff ? now.advanced(by: timeout) : now)
        (isOffGrid, due, isConfirming, isPutOff) = (staysOff || next.isTrial, next.moment, false, false)
        slotsPassed += 1
        return passed
    }

    /// Whether a slot that an overdue run takes is the target's fault: not just after the process itself was halted.
    func blamesTheTarget(at now: Moment) -> Bool {
        guard let run, run.published == .internal, let publishedAt = run.publishedAt else { return true }
        return now >= publishedAt.advanced(by: registration.schedule.interval)
    }

    /// A result or a lost slot was published.
    mutating func reschedule(disagrees: Bool, at now: Moment) {
        isConfirming = false
        if let trial = circuit?.trialAt {
            trialAt = trial
            let next = slot(after: now)
            (isOffGrid, due) = (next.isTrial, next.moment)
        } else if disagrees || circuit?.state == .halfOpen {
            due = now.advanced(by: registration.schedule.confirmInterval)
            (isConfirming, isOffGrid) = (true, true)
        } else if isOffGrid {
            due = grid.next(after: now)
            isOffGrid = false
        }
    }

    /// What a run must come to: its kind, when it is published, and the duration that counts.
    struct Expectation {
        /// Nil when there is nothing to report.
        var kind: ResultKind?
        var at: Moment
        var duration: Duration
    }

    /// What the tries of a run must lead to.
    ///
    /// - Parameter seen: when something that is due at a moment is noticed: later, when the process was suspended then.
    /// - Returns: also what is wrong with the tries themselves.
    func expected(_ run: Run, seen: (Moment) -> Moment) -> (Expectation, problem: String?) {
        let deadline = run.start.advanced(by: timeout)
        func late(_ moment: Moment) -> Expectation {
            let lateness = deadline.duration(to: moment)
            let isStarved = lateness > max(.milliseconds(20), timeout / 4)
            return isStarved
                ? Expectation(kind: .internal, at: moment, duration: run.start.duration(to: moment))
                : Expectation(kind: .timeout, at: moment, duration: timeout)
        }
        var problem: String?
        for (number, attempt) in run.tries.enumerated() {
            let end = attempt.at.advanced(by: attempt.behaviour.latency)
            if end >= deadline || seen(end) >= deadline { return (late(min(seen(end), seen(deadline))), problem) }
            let noticed = seen(end)
            let isLast = number == run.tries.count - 1
            let mayTryAgain = Self.isWorthAnother(attempt.behaviour) && number < registration.retries?.attempts ?? 0
            if !isLast {
                if !mayTryAgain { problem = "tried again in vain" }
                let longest = Self.longestWait(registration.retries, before: number + 1)
                let waited = noticed.duration(to: run.tries[number + 1].at)
                if waited < longest / 2 || run.tries[number + 1].at > seen(noticed.advanced(by: longest)) {
                    problem = "waited \(waited)"
                }
                continue
            }
            if mayTryAgain {
                // It gave up, or would have begun again only behind the deadline.
                let longest = Self.longestWait(registration.retries, before: number + 1)
                let mayHaveBegunAgain = seen(noticed.advanced(by: longest)) >= deadline
                if noticed.advanced(by: longest) < deadline, !mayHaveBegunAgain { problem = "not tried again" }
                if run.published == .timeout || (run.published == .internal && seen(deadline) > deadline) {
                    return (late(seen(deadline)), problem)
                }
            }
            let elapsed = run.start.duration(to: noticed)
            let isSlow = registration.degradedAbove.map { elapsed > $0 } ?? false
            let kind: ResultKind? =
                switch attempt.behaviour {
                case .report(.pending, _): nil
                case .report(.success, _), .ignoringCancellation: isSlow ? .degraded : .success
                case .report(.degraded, _): .degraded
                case .report(.failure(.internal), _), .failure(.internal, _): .internal
                case .report, .failure, .error: .failure
                }
            return (Expectation(kind: kind, at: noticed, duration: elapsed), problem)
        }
        return (late(seen(deadline)), "never entered")
    }

    /// A refused login and an assertion stay what they are; so does what is no failure.
    private static func isWorthAnother(_ behaviour: ScriptedCheck.Behaviour) -> Bool {
        switch behaviour {
        case .report(.failure(let reason), _), .failure(let reason, _): ![.authentication, .assertion].contains(reason)
        case .error: true
        case .report, .ignoringCancellation: false
        }
    }

    private static func longestWait(_ policy: RetryPolicy?, before attempt: Int) -> Duration {
        guard let policy else { return .zero }
        let doubled = (1..<attempt).reduce(policy.backoff) { wait, _ in wait * 2 }
        return min(doubled, policy.maximumBackoff)
    }
}
