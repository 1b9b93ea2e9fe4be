/// A check with its state and what it last reported.
package struct CheckRecord: Sendable {
    /// Names it for as long as the check stays the same.
    package let handle: CheckHandle
    /// Its name, its schedule and what is run.
    package let registration: Registration
    /// The component that it counts for.
    package let component: ComponentIndex
    /// Its status, and what it follows from.
    package internal(set) var state: CheckState
    /// Whether it counts for its component.
    package internal(set) var hasJoined: Bool
    /// When it counts at the latest; nil is with its first result only.
    private(set) var joinsBy: Moment?
    /// The last completed run.
    package private(set) var lastRun: RunResult?
    /// When the last successful run was published.
    package private(set) var lastSuccess: Timestamp?
    /// What it reports as long as it has no result.
    private var pendingReport: PendingReport?

    /// The last message, for people.
    package var message: String { lastRun?.message ?? pendingReport?.message ?? "" }

    /// A check without a result.
    init(
        handle: CheckHandle,
        registration: Registration,
        component: ComponentIndex,
        hasJoined: Bool,
        joinsBy: Moment?
    ) {
        self.handle = handle
        self.registration = registration
        self.component = component
        self.hasJoined = hasJoined
        self.joinsBy = joinsBy
        state = CheckState(thresholds: registration.thresholds, maximumAge: registration.schedule.maximumAge)
    }

    /// The same check with what is known of its predecessor: all of it under the same handle, or what another check of
    /// the same name leaves to it.
    func succeeding(_ old: CheckRecord, at now: Moment) -> CheckRecord {
        var check = self
        let isSame = handle == old.handle
        let blocksAlike = registration.check.blocksStartup == old.registration.check.blocksStartup
        if isSame || blocksAlike || !old.state.isPending {
            (check.hasJoined, check.joinsBy) = (old.hasJoined, old.joinsBy)
        }
        (check.lastRun, check.lastSuccess, check.pendingReport) = (old.lastRun, old.lastSuccess, old.pendingReport)
        if isSame {
            check.state = old.state
        } else {
            check.state = CheckState(
                thresholds: registration.thresholds,
                maximumAge: registration.schedule.maximumAge,
                replacing: old.state,
                at: now
            )
        }
        return check
    }

    /// Records what it reports as long as it has no result.
    mutating func record(_ report: PendingReport) {
        pendingReport = report
    }

    /// Records a completed run.
    mutating func record(_ result: RunResult) {
        lastRun = result
        if result.kind.isSuccess { lastSuccess = result.timestamp }
    }

    /// What a slot counts as that passed while a run was overdue: as one more timeout.
    func resultOfOverdueSlot(at moment: Moment) -> (kind: ResultKind, reason: FailureReason?) {
        // After a halt of the process the run may be about to return: the target is not to blame.
        if let lastRun, lastRun.kind == .internal,
            moment < lastRun.moment.advanced(by: registration.schedule.interval)
        {
            return (.internal, lastRun.reason)
        }
        return (.timeout, lastRun?.kind == .timeout ? lastRun?.reason : .timeout)
    }
}
