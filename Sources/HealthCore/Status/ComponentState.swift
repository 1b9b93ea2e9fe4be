/// The status of a component: the worst of its checks, and for a while of what a drill says.
///
/// Counts make an update cost the same for one check and for a thousand.
package struct ComponentState: Sendable {
    /// As many transitions are kept.
    package static let historyLength = 20

    private var counts = StatusCounts()
    /// Of the checks that may block start-up.
    private var startupCounts = StatusCounts()
    /// How many of these have no result yet.
    private var pendingChecks: Int
    private let startup: StartupRequirement

    /// The worst of its checks; unknown until one counts.
    package private(set) var realStatus = HealthStatus.unknown
    /// What is shown when it is worse; nil without a drill.
    package private(set) var drill: Drill?
    /// Whether one of its checks counts already: one that a reload added does with its first result, or when that is overdue.
    package private(set) var hasJoined = false
    private var history = TransitionHistory()
    private let hasStartupChecks: Bool
    /// Whether it blocks start-up; once it does not, it never does again.
    package private(set) var blocksStartup: Bool

    /// A component whose checks have these states.
    /// - Parameters:
    ///   - checks: those that count already.
    ///   - startupChecks: those that may block start-up; all when nil.
    package init(checks: [CheckState], startupChecks: [CheckState]? = nil, startup: StartupRequirement) {
        let startupChecks = startupChecks ?? checks
        self.startup = startupChecks.isEmpty ? .none : startup
        pendingChecks = startupChecks.count { !$0.hasResult }
        blocksStartup = self.startup != .none
        hasJoined = !checks.isEmpty
        for check in checks { counts[check.status] += 1 }
        for check in startupChecks { startupCounts[check.status] += 1 }
        hasStartupChecks = !startupChecks.isEmpty
        update()
    }

    /// The last changes of the shown status, oldest first, at most `historyLength`.
    package var transitions: [Transition] { history.transitions }

    /// Whether there is a drill, or there was one among the last changes.
    package var hasDrilled: Bool { drill != nil || transitions.contains { $0.reason == .drill } }

    /// When the shown status last changed; nil is never.
    package var since: Timestamp? { transitions.last?.timestamp }

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

    /// Whether a check that may block start-up has no result yet.
    package var isPending: Bool { pendingChecks > 0 }

    /// The worst of the checks that may block start-up; nil when there are none.
    package var startupStatus: HealthStatus? { hasStartupChecks ? startupCounts.worst : nil }

    /// Inherits what was known before the set of checks changed.
    ///
    /// - Parameter includingStartup: false when it was in a group, which blocked start-up in its place.
    package mutating func inherit(_ old: ComponentState, includingStartup: Bool = true) {
        history = old.history
        drill = old.drill
        if includingStartup { blocksStartup = blocksStartup && old.blocksStartup }
    }

    /// One of the checks that may block start-up has its first result.
    package mutating func checkHasResult() {
        pendingChecks -= 1
        update()
    }

    /// One of its checks counts from now on.
    ///
    /// - Parameter isStartupCheck: whether this check may block start-up.
    package mutating func checkJoined(_ status: HealthStatus, isStartupCheck: Bool = true) {
        hasJoined = true
        if isStartupCheck { startupCounts.move(from: .unknown, to: status) }
        counts[status] += 1
        update()
    }

    /// One of the checks that count changed.
    ///
    /// - Parameter isStartupCheck: whether this check may block start-up.
    package mutating func checkChanged(from old: HealthStatus, to new: HealthStatus, isStartupCheck: Bool = true) {
        if isStartupCheck { startupCounts.move(from: old, to: new) }
        counts.move(from: old, to: new)
        update()
    }

    /// Starts a drill, or ends it with nil.
    package mutating func setDrill(_ drill: Drill?) {
        self.drill = drill
    }

    /// Remembers the transitions of an earlier process; they count once this process has a status of its own.
    ///
    /// - Parameter mayGoOn: false when the last one was of a drill that has ended meanwhile.
    package mutating func remember(_ old: [Transition], mayGoOn: Bool = true) {
        history.remember(old, mayGoOn: mayGoOn)
    }

    /// Records that the shown status became another one; returns it, or the one with which that status began in an earlier process.
    @discardableResult
    package mutating func record(_ transition: Transition) -> Transition {
        history.record(transition)
    }

    private mutating func update() {
        realStatus = hasJoined ? counts.worst : .unknown
        guard blocksStartup else { return }
        switch startup {
        case .none: blocksStartup = false
        case .result: blocksStartup = pendingChecks > 0
        case .healthy: blocksStartup = startupCounts.worst != .healthy
        }
    }
}
