/// A component's change of status, for its history.
package struct Transition: Sendable, Equatable {
    package let timestamp: Timestamp
    package let from: HealthStatus
    package let to: HealthStatus
    package let reason: FailureReason?

    package init(timestamp: Timestamp, from: HealthStatus, to: HealthStatus, reason: FailureReason?) {
        (self.timestamp, self.from, self.to, self.reason) = (timestamp, from, to, reason)
    }
}

/// The status of a component: the worst of its checks, and for a while of what a drill says.
///
/// Counts make an update cost the same for one check and for a thousand.
package struct ComponentState: Sendable {
    /// So many transitions are remembered.
    ///
    package static let historyLength = 20

    private var counts = StatusCounts()
    /// Of the checks that start-up may wait for.
    private var awaitedCounts = StatusCounts()
    private var pendingChecks: Int
    private let startup: StartupRequirement

    /// What its checks say.
    package private(set) var realStatus = HealthStatus.unknown
    /// What is shown when it is worse; nil is no drill.
    package private(set) var drill: Drill?
    /// Whether one of its checks counts already: one that a reload added does with its first result, or when that is overdue.
    package private(set) var hasJoined = false
    /// When the shown status last changed.
    package private(set) var since: Timestamp?
    package private(set) var transitions: [Transition] = []
    /// Whether it has a check that start-up may wait for.
    package let isAwaited: Bool
    /// Whether start-up still waits for this component.
    package private(set) var holdsUpStartup: Bool

    /// A component whose checks have these states.
    /// - Parameters:
    ///   - checks: those that count already.
    ///   - awaited: those that start-up may wait for; all when nil.
    package init(checks: [CheckState], awaited: [CheckState]? = nil, startup: StartupRequirement) {
        let awaited = awaited ?? checks
        self.startup = awaited.isEmpty ? .none : startup
        pendingChecks = awaited.count { !$0.hasResult }
        holdsUpStartup = self.startup != .none
        hasJoined = !checks.isEmpty
        for check in checks { counts[check.status] += 1 }
        for check in awaited { awaitedCounts[check.status] += 1 }
        isAwaited = !awaited.isEmpty
        settle()
    }

    /// What everybody sees: a drill never hides what is worse.
    package var status: HealthStatus { max(drill?.status ?? .healthy, realStatus) }

    /// What readiness and flags see.
    package var gatingStatus: HealthStatus { max(readinessDrill?.status ?? .healthy, realStatus) }

    /// The drill, when readiness and flags see it.
    package var readinessDrill: Drill? { drill?.affectsReadiness == true ? drill : nil }

    /// Whether what everybody sees is the drill and not the truth.
    package var showsDrill: Bool { drill.map { $0.status > realStatus } ?? false }

    /// Whether what readiness sees is the drill and not the truth.
    package var gatesByDrill: Bool { readinessDrill.map { $0.status > realStatus || !hasJoined } ?? false }

    /// Whether a check that start-up may wait for has no result yet.
    package var isPending: Bool { pendingChecks > 0 }

    /// The worst of the checks that start-up may wait for; nil when there are none.
    package var awaitedStatus: HealthStatus? { isAwaited ? awaitedCounts.worst : nil }

    /// Takes over what was known before the set of checks changed.
    ///
    /// - Parameter wasAwaited: whether start-up waited for it, and not for its group.
    package mutating func inherit(_ old: ComponentState, wasAwaited: Bool = true) {
        since = old.since
        transitions = old.transitions
        drill = old.drill
        if wasAwaited { holdsUpStartup = holdsUpStartup && old.holdsUpStartup }
    }

    /// One of the checks that start-up may wait for has its first result.
    package mutating func checkHasResult() {
        pendingChecks -= 1
        settle()
    }

    /// One of its checks counts from now on.
    ///
    /// - Parameter isAwaited: whether start-up may wait for this check.
    package mutating func checkJoined(_ status: HealthStatus, isAwaited: Bool = true) {
        hasJoined = true
        if isAwaited { awaitedCounts.move(from: .unknown, to: status) }
        counts[status] += 1
        settle()
    }

    /// One of the checks that count changed.
    ///
    /// - Parameter isAwaited: whether start-up may wait for this check.
    package mutating func checkChanged(from old: HealthStatus, to new: HealthStatus, isAwaited: Bool = true) {
        if isAwaited { awaitedCounts.move(from: old, to: new) }
        counts.move(from: old, to: new)
        settle()
    }

    /// Begins a drill, or ends it.
    package mutating func show(_ drill: Drill?) {
        self.drill = drill
    }

    /// Notes that the shown status became another one.
    package mutating func note(_ transition: Transition) {
        since = transition.timestamp
        transitions.append(transition)
        if transitions.count > Self.historyLength { transitions.removeFirst() }
    }

    private mutating func settle() {
        realStatus = hasJoined ? counts.worst : .unknown
        guard holdsUpStartup else { return }
        switch startup {
        case .none: holdsUpStartup = false
        case .result: holdsUpStartup = pendingChecks > 0
        case .healthy: holdsUpStartup = awaitedCounts.worst != .healthy
        }
    }
}
