/// A component's change of status, for its history.
package struct Transition: Sendable, Equatable {
    package let timestamp: Timestamp
    package let from: HealthStatus
    package let to: HealthStatus
    package let reason: FailureReason?
}

/// The status of a component: the worst of its checks.
///
/// Counts make an update cost the same for one check and for a thousand.
package struct ComponentState: Sendable {
    /// So many transitions are remembered.
    ///
    package static let historyLength = 20

    private var counts = StatusCounts()
    private var pendingChecks: Int
    private let startup: StartupRequirement

    package private(set) var status = HealthStatus.unknown
    package private(set) var since: Timestamp?
    package private(set) var transitions: [Transition] = []
    /// Whether start-up still waits for this component.
    package private(set) var holdsUpStartup: Bool

    /// A component whose checks have these states.
    /// - Parameter awaited: those of its checks that start-up may wait for; all when nil.
    package init(checks: [CheckState], awaited: [CheckState]? = nil, startup: StartupRequirement) {
        let awaited = awaited ?? checks
        self.startup = awaited.isEmpty ? .none : startup
        pendingChecks = awaited.count { $0.isPending }
        for check in checks { counts[check.status] += 1 }
        status = counts.worst
        holdsUpStartup = self.startup != .none
        updateStartup()
    }

    /// Takes over what was known before the set of checks changed.
    package mutating func inherit(_ old: ComponentState) {
        since = old.since
        transitions = old.transitions
        holdsUpStartup = holdsUpStartup && old.holdsUpStartup
    }

    /// One of its checks got a first result.
    package mutating func checkIsNoLongerPending() {
        pendingChecks -= 1
        updateStartup()
    }

    /// One of its checks changed; returns the component's own transition, if it has one.
    package mutating func checkChanged(_ change: CheckState.Change, timestamp: Timestamp) -> Transition? {
        counts.move(from: change.from, to: change.to)
        let worst = counts.worst
        defer { updateStartup() }
        guard worst != status else { return nil }
        let reason = worst == change.to ? change.reason : nil
        let transition = Transition(timestamp: timestamp, from: status, to: worst, reason: reason)
        status = worst
        since = timestamp
        transitions.append(transition)
        if transitions.count > Self.historyLength { transitions.removeFirst() }
        return transition
    }

    /// Says why the last transition came to its status, when it was not the check that changed.
    package mutating func explainLastTransition(_ reason: FailureReason?) -> Transition? {
        guard let last = transitions.popLast() else { return nil }
        let explained = Transition(timestamp: last.timestamp, from: last.from, to: last.to, reason: reason)
        transitions.append(explained)
        return explained
    }

    private mutating func updateStartup() {
        guard holdsUpStartup else { return }
        switch startup {
        case .none: holdsUpStartup = false
        case .result: holdsUpStartup = pendingChecks > 0
        case .healthy: holdsUpStartup = status != .healthy
        }
    }
}
