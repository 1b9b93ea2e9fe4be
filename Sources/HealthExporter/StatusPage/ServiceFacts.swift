import HealthCore

/// What the top of the page says; equal facts are shown alike, but for the time.
struct ServiceFacts: Hashable, Sendable {
    /// How the service is.
    enum State: Hashable, Sendable {
        case shuttingDown
        /// What start-up waits for.
        case starting([String])
        case status(HealthStatus)
    }

    /// A component that is not healthy.
    struct Trouble: Hashable, Sendable {
        /// Its name.
        let component: String
        /// Its status.
        let status: HealthStatus
        /// Why.
        let reason: FailureReason?
        /// Since when.
        let since: Timestamp?
        /// Who looks after it.
        let owner: String?
        /// What is to be done.
        let runbook: String?
    }

    /// A drill that goes on.
    struct DrillNotice: Hashable, Sendable {
        /// The component.
        let component: String
        /// As what it is shown.
        let status: HealthStatus
        /// When it ends by itself.
        let end: Timestamp
    }

    /// As many components are named.
    private static let named = 4

    /// How the service is.
    let state: State
    /// How many components have each status, by severity.
    let counts: [Int]
    /// The worst components that are not healthy, worst first, as many as a sentence holds.
    let worst: [Trouble]
    /// How many components are not healthy and not suppressed.
    let needingAttention: Int
    /// The components that a drill shows as they are not.
    let drills: [DrillNotice]
    /// The components in maintenance.
    let maintenance: [String]
    /// What is wrong with the exporter itself, in sentences.
    let exporter: [String]

    /// The facts of a snapshot with its components' facts, worst first.
    init(_ known: PageSnapshot, rows: [ComponentFacts], exporter: [String]) {
        let verdict = known.health.verdict
        if verdict.readiness == .notReady(.shuttingDown) {
            state = .shuttingDown
        } else if !verdict.hasStarted {
            state = .starting(verdict.startup.waitingFor)
        } else {
            state = .status(verdict.service)
        }
        counts = HealthStatus.allCases.map { status in rows.count { $0.current.status == status } }
        let bad = rows.filter { $0.current.status != .healthy }
        // What has no result yet alerts nobody.
        let open = bad.filter { !$0.current.isSuppressed && $0.current.reason != .pending }
        needingAttention = open.count
        let groups = Dictionary(known.health.groups.map { ($0.registration.name, $0.status) }) { first, _ in first }
        // A member of a group that does without it matters less.
        let weight = { (row: ComponentFacts) in
            min(row.current.status, row.group.flatMap { groups[$0] } ?? .unhealthy).severity
        }
        let byWeight = open.enumerated().sorted { left, right in
            let (first, second) = (weight(left.element), weight(right.element))
            return first != second ? first > second : left.offset < right.offset
        }.map(\.element)
        worst = byWeight.prefix(Self.named).map { row in
            Trouble(
                component: row.name,
                status: row.current.status,
                reason: row.current.reason,
                since: row.current.since,
                owner: row.owner,
                runbook: row.runbook
            )
        }
        drills = rows.compactMap { row in
            row.current.drill.map { DrillNotice(component: row.name, status: row.current.status, end: $0.end) }
        }
        maintenance = rows.filter(\.current.isInMaintenance).map(\.name)
        self.exporter = exporter
    }

    /// The status whose colour the page has.
    var status: HealthStatus {
        switch state {
        case .shuttingDown, .starting: .unknown
        case .status(let status): status
        }
    }
}
