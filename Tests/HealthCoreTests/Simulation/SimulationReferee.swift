import HealthCore
import HealthTesting

/// Follows what happened, and says where it breaks the contract.
struct SimulationReferee {
    let limits: Agenda.Limits
    let tick: Duration
    var files: [CheckHandle: CheckFile] = [:]
    var coverage = Coverage()
    /// What was wrong; empty is good.
    private(set) var violations: [String] = []
    /// Once aborted, runs end at any time and as `internal`.
    var isEnding = false
    private var handles: [Int: CheckHandle] = [:]
    var world = ReferenceWorld()
    var suspensions: [(from: Moment, until: Moment)] = []
    private var lastTurn: Moment?

    init(limits: Agenda.Limits, tick: Duration) {
        self.limits = limits
        self.tick = tick
    }

    /// The checks that are registered.
    var live: [(handle: CheckHandle, file: CheckFile)] {
        files.filter { !$0.value.isRemoved }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// Records a broken rule.
    mutating func require(_ condition: Bool, _ rule: @autoclosure () -> String, at now: Moment) {
        if !condition, violations.count < 20 { violations.append("\(now.nanoseconds) ns: \(rule())") }
    }

    /// A check was registered.
    mutating func add(_ handle: CheckHandle, _ file: CheckFile) {
        files[handle] = file
        if let script = Int(file.registration.kind) { handles[script] = handle }
    }

    /// A check is no longer registered; a run of it may go on.
    mutating func remove(_ handle: CheckHandle) {
        guard let file = files[handle] else { return }
        coverage.record(.removalDuringARun, if: file.isRunning)
        coverage.record(.removalWhileWaiting, if: file.waiting != nil)
        files[handle]?.isRemoved = true
        files[handle]?.waiting = nil
    }

    /// Follows everything that happened at one instant.
    mutating func follow(_ events: [(at: Moment, event: SimulationLog.Event)]) {
        for (now, event) in events {
            let isNews =
                switch event {
                case .published, .skipped: true
                default: false
                }
            if isNews { update(at: now) }
            defer { if isNews { update(at: now) } }
            switch event {
            case .started(let handle, let delay): started(handle, delay, at: now)
            case .entered(let script, let behaviour): entered(script, behaviour, at: now)
            case .left(let script): left(script, at: now)
            case .published(let handle, let result, let disagrees):
                published(handle, result, disagrees: disagrees, at: now)
            case .pending(let handle, let report): pending(handle, report, at: now)
            case .skipped(let handle, let reason, let isOverdue, let disagrees):
                skipped(handle, reason, isOverdue: isOverdue, disagrees: disagrees, at: now)
            case .returned(let handle, let late): returned(handle, late, at: now)
            case .circuit: break
            case .turned:
                update(at: now)
                turned(at: now)
            }
        }
    }

    /// When something that is due at a moment is noticed: at once, unless the process was suspended then.
    func seen(_ moment: Moment) -> Moment {
        suspensions.reduce(moment) { $1.from < $0 && $0 < $1.until ? $1.until : $0 }
    }

    /// Time has passed: updates what follows from it.
    @discardableResult
    mutating func update(at now: Moment) -> ReferenceWorld.Picture {
        for handle in files.keys { files[handle]?.reference.update(at: now) }
        return world.update(at: now, files)
    }

    /// After a halt what was missed is spread as first runs are.
    private mutating func resume(at now: Moment) {
        let all = live
        let missed = all.filter { $0.file.due <= now && !$0.file.isPutOff }
        for (handle, file) in missed where !file.isRunning && file.waiting == nil && !file.isBlockedByCircuit {
            files[handle]?.isOffGrid = true
            files[handle]?.isPutOff = true
            files[handle]?.due = now.advanced(by: file.grid.firstDelay(amongChecks: all.count))
            coverage.record(.spreadAfterAHalt)
        }
    }

    private mutating func turned(at now: Moment) {
        if let lastTurn, lastTurn.duration(to: now) > .seconds(3) { resume(at: now) }
        lastTurn = now
        for (handle, file) in live where file.due <= now {
            let slot = passSlot(handle, at: now)
            require(file.waiting == nil, "\(file.registration.id): a waiting slot was dropped without a skip", at: now)
            files[handle]?.waiting = slot
        }
    }

    private mutating func passSlot(_ handle: CheckHandle, at now: Moment) -> Moment {
        guard var file = files[handle] else { return now }
        coverage.record(.confirmSlot, if: file.isConfirming)
        let slot = file.passSlot(at: now, isSkipped: false)
        files[handle] = file
        require(slot <= now, "\(file.registration.id): a slot passed before it was due", at: now)
        require(!file.isBlockedByCircuit, "\(file.registration.id): its circuit is open", at: now)
        require(
            now <= seen(slot.advanced(by: tick)),
            "\(file.registration.id): started or queued later than a tick",
            at: now
        )
        return slot
    }

    private mutating func started(_ handle: CheckHandle, _ delay: Duration, at now: Moment) {
        guard let file = files[handle], !file.isRemoved else {
            return require(false, "\(handle) was started though it is not registered", at: now)
        }
        let id = file.registration.id
        require(!file.isRunning, "\(id): two runs at once", at: now)
        require(file.run?.isPublished ?? true, "\(id): the run before was never published", at: now)
        require(file.waiting?.duration(to: now) == delay, "\(id): started without a slot", at: now)
        coverage.record(.waitForAPlace, if: delay > tick)
        files[handle]?.waiting = nil
        files[handle]?.starts += 1
        files[handle]?.run = CheckFile.Run(start: now)
        files[handle]?.circuit?.runStarts()
        require(placesTaken <= limits.runsInFlight, "\(id): more runs in flight than allowed", at: now)
    }

    private mutating func entered(_ script: Int, _ behaviour: ScriptedCheck.Behaviour, at now: Moment) {
        guard let handle = handles[script] else { return }
        require(files[handle]?.run != nil, "script \(script) was entered without a start", at: now)
        files[handle]?.run?.tries.append((behaviour, now))
        files[handle]?.run?.leftAt = nil
    }

    private mutating func left(_ script: Int, at now: Moment) {
        guard let handle = handles[script] else { return }
        files[handle]?.run?.leftAt = now
    }

    private mutating func returned(_ handle: CheckHandle, _ late: Duration, at now: Moment) {
        guard !isEnding, let file = files[handle], let run = file.run else { return }
        coverage.record(.ignoredCancellation)
        coverage.record(.answerAfterTheDeadlineOfARemovedCheck, if: file.isRemoved)
        require(run.start.advanced(by: file.timeout + late) == now, "\(file.registration.id): wrong lateness", at: now)
    }

    /// Runs that occupy a place: overdue ones don't, up to their own limit.
    var placesTaken: Int {
        runsInFlight + max(0, runsOverdue - limits.runsOverdue)
    }

    /// Runs within their deadline.
    var runsInFlight: Int {
        files.values.count { $0.isRunning && $0.run?.isOverdue == false }
    }

    /// Runs past it.
    var runsOverdue: Int {
        files.values.count { $0.isRunning && $0.run?.isOverdue == true }
    }
}
