/// All checks, and through them the components, the groups and the service.
///
/// Pure: the store around it holds the lock and the clock. A result costs the same whatever the number of checks.
struct StatusBoard: Sendable {
    /// Every check with its state.
    private(set) var checks: Table<CheckIndex, CheckRecord>
    private var indices: [CheckHandle: CheckIndex]
    /// The registered flags.
    private(set) var flags: [FlagRegistration]
    /// When checks become too old, or count at the latest.
    private var expiries = ExpiryQueue<CheckIndex>()
    /// Whether results still come; when not, nothing becomes too old.
    private(set) var isAging = true
    /// What follows from the checks.
    var service: ServiceBoard

    /// Nothing registered; start-up waits for tasks and a registry.
    init(startupTasks: [String] = []) {
        (checks, indices, flags) = (Table(), [:], [])
        service = ServiceBoard(startupTasks: startupTasks)
    }

    /// A registry's checks, components and flags in place of those of an old board; says nothing yet.
    init(_ reload: Reload, service: ServiceBoard, after old: StatusBoard) {
        checks = reload.checks
        indices = Dictionary(uniqueKeysWithValues: checks.indices.map { (reload.checks[$0].handle, $0) })
        flags = reload.registry.flags
        isAging = old.isAging
        self.service = service
        for index in checks.indices { watch(index) }
    }

    /// The last moment at which nothing can have changed by time alone; nil is for good.
    var nextExpiry: Moment? { Moment.earlier(expiries.next, service.nextExpiry) }

    /// A check as it is; nil when it is not registered.
    func status(of handle: CheckHandle) -> CheckStatus? {
        guard let index = indices[handle] else { return nil }
        return CheckStatus(
            registration: checks[index].registration,
            state: checks[index].state,
            isSuppressed: service.suppression.states[checks[index].component].reason != nil,
            wantsConfirmation: false
        )
    }

    /// Records the result of a run; returns the check after it, or nil when it is not registered.
    mutating func publish(_ result: RunResult, of handle: CheckHandle, timestamp: Timestamp) -> CheckStatus? {
        guard let index = indices[handle] else { return nil }
        checks[index].record(result)
        // A run that was aborted because no more are wanted says nothing.
        if !isAging, result.kind == .internal { return status(of: handle) }
        let now = StatusTime(moment: result.moment, timestamp: timestamp)
        return update(index, result.kind, reason: result.reason, at: now, run: result)
    }

    /// Records what a check reports that has no result yet: its status stays.
    mutating func record(_ report: PendingReport, of handle: CheckHandle) {
        guard let index = indices[handle] else { return }
        checks[index].record(report)
        checks[index].state.stayPending(at: report.moment)
    }

    /// Records a slot that passed while a run was overdue: one more timeout, though no run.
    mutating func slotPassedWhileOverdue(_ handle: CheckHandle, at now: StatusTime) -> CheckStatus? {
        guard let index = indices[handle] else { return nil }
        let check = checks[index]
        let isSuppressed = service.suppression.states[check.component].reason != nil
        service.events.append(
            .runOverdue(
                .init(
                    handle: handle,
                    registration: check.registration,
                    moment: now.moment,
                    isSuppressed: isSuppressed
                )
            )
        )
        let (kind, reason) = check.resultOfOverdueSlot(at: now.moment)
        return update(index, kind, reason: reason, at: now, run: check.lastRun)
    }

    /// Records a slot that passed because the circuit is open: what is known stays true.
    mutating func slotPassedWhileOpen(_ handle: CheckHandle, at moment: Moment) {
        guard let index = indices[handle] else { return }
        checks[index].state.stayFresh(at: moment)
    }

    /// Lets time pass: makes what is too old unknown, and ends what was for a time; returns whether something was due.
    mutating func expire(_ now: StatusTime) -> Bool {
        let isMaintenanceDue = service.suppression.isMaintenanceDue(at: now.timestamp)
        guard isMaintenanceDue || nextExpiry.map({ $0 < now.moment }) ?? false else { return false }
        service.suppression.beginDeferral()
        if isMaintenanceDue { service.updateMaintenance(at: now) }
        while let next = Moment.earlier(expiries.next, service.drillEnds.next), next < now.moment {
            if expiries.next == next, let index = expiries.popFirst(before: now.moment) {
                expire(index, now)
            } else {
                service.expireDrill(in: checks, at: now)
            }
        }
        service.endDeferral(at: now)
        return true
    }

    /// No more results will come, by intent: what is known stays as it is, however old it gets.
    mutating func stopAging() {
        isAging = false
        expiries.removeAll()
    }

    private mutating func update(
        _ index: CheckIndex,
        _ kind: ResultKind,
        reason: FailureReason?,
        at now: StatusTime,
        run: RunResult?
    ) -> CheckStatus {
        let couldExpire = checks[index].state.expiresAt != nil
        let isFirstResult = !checks[index].state.hasResult
        let (oldReason, oldFailures) = (checks[index].state.reason, checks[index].state.consecutiveFailures)
        let change = checks[index].state.publish(kind, reason: reason, at: now.moment, timestamp: now.timestamp)
        if let change { recordChange(of: index, change, run: run) }
        let joins = !checks[index].hasJoined && !checks[index].state.isPending
        if joins { checks[index].hasJoined = true }
        if !couldExpire, checks[index].hasJoined { watch(index) }
        if change != nil || isFirstResult || joins {
            updateComponent(of: index, change, joins: joins, isFirstResult: isFirstResult, at: now)
        }
        if oldReason != checks[index].state.reason || oldFailures != checks[index].state.consecutiveFailures {
            service.causes.factsChanged(of: index)
        }
        // What is too old needs no confirmation, and an internal error no more runs than usual.
        let isInternalError = kind == .internal && checks[index].state.status == .unknown
        // Field by field: a call of a method that does not mutate would copy the board.
        return CheckStatus(
            registration: checks[index].registration,
            state: checks[index].state,
            isSuppressed: service.suppression.states[checks[index].component].reason != nil,
            wantsConfirmation: checks[index].state.disagrees && !isInternalError
        )
    }

    /// Passes a change of a check on to its component.
    private mutating func updateComponent(
        of index: CheckIndex,
        _ change: CheckState.Change?,
        joins: Bool = false,
        isFirstResult: Bool = false,
        at now: StatusTime
    ) {
        let isStartupCheck = checks[index].registration.check.blocksStartup
        let status = checks[index].state.status
        let source = ServiceBoard.Source(check: index, change: change)
        service.update(checks[index].component, by: source, in: checks, at: now) { component in
            // An internal error is a result for start-up, and for nothing else.
            if isFirstResult && isStartupCheck { component.checkHasResult() }
            if joins {
                component.checkJoined(status, isStartupCheck: isStartupCheck)
            } else if let change, change.from != change.to {
                component.checkChanged(from: change.from, to: change.to, isStartupCheck: isStartupCheck)
            }
        }
    }

    private mutating func expire(_ index: CheckIndex, _ now: StatusTime) {
        if !checks[index].hasJoined {
            guard let joinsBy = checks[index].joinsBy, joinsBy < now.moment else { return watch(index) }
            checks[index].hasJoined = true
            updateComponent(of: index, nil, joins: true, at: now.dated(joinsBy))
        }
        if let limit = checks[index].state.expiresAt {
            // It became too old then, whenever that is noticed.
            let then = now.dated(limit)
            if let change = checks[index].state.expire(at: now.moment, timestamp: then.timestamp) {
                recordChange(of: index, change, run: nil)
                updateComponent(of: index, change, at: then)
            }
        }
        watch(index)
    }

    /// Queues a check for when it becomes too old, or counts at the latest.
    private mutating func watch(_ index: CheckIndex) {
        let moment = checks[index].hasJoined ? checks[index].state.expiresAt : checks[index].joinsBy
        if isAging, let moment { expiries.insert(index, at: moment) }
    }

    /// Appends the event that a check changed.
    private mutating func recordChange(of index: CheckIndex, _ change: CheckState.Change, run: RunResult?) {
        let component = checks[index].component
        // Its component becomes suppressed only with this very change.
        let isSuppressed = service.isSuppressed(component, becoming: change.to)
        let impact = service.components[component].impact
        service.events.append(
            .checkChanged(.init(checks[index], impact: impact, change: change, run: run, isSuppressed: isSuppressed))
        )
    }
}
