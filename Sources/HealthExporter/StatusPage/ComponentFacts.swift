import HealthCore

/// What the status page shows of a component in its row; equal facts are shown alike.
struct ComponentFacts: Hashable, Sendable {
    /// What changes with its status.
    struct Current: Hashable, Sendable {
        /// As it is shown, drills included.
        let status: HealthStatus
        /// Since when it has this status; nil before the first.
        let since: Timestamp?
        /// Why it is not healthy.
        let reason: FailureReason?
        /// What suppresses its alerts.
        let suppressedBy: [String]
        /// Whether a maintenance window covers it.
        let isInMaintenance: Bool
        /// The drill that goes on.
        let drill: DrillFacts?
        /// How far the results of a check disagree with its status.
        let confirming: Confirming?

        /// The second since the epoch since when it has its status, by which the rows are sorted.
        var second: Int64? { since.map { $0.nanosecondsSinceEpoch / 1_000_000_000 } }

        /// Whether alerts about it are suppressed.
        var isSuppressed: Bool { isInMaintenance || !suppressedBy.isEmpty }
    }

    /// A change that is not confirmed yet.
    struct Confirming: Hashable, Sendable {
        /// The check.
        let check: String
        /// Failures in a row.
        let failures: Int
        /// How many make it unhealthy.
        let threshold: Int

        /// In a sentence.
        var words: String { "\(check): \(failures) of \(threshold) failures in a row." }
    }

    /// A drill, in words.
    struct DrillFacts: Hashable, Sendable {
        /// When it ends by itself.
        let end: Timestamp
        /// The requester; may be empty.
        let by: String
        /// Why; may be empty.
        let reason: String
    }

    /// What changes with every run, and is refreshed seldom.
    struct Measured: Hashable, Sendable {
        /// Over 24 hours and 7, 30 and 90 days, as it is written; nil when nothing happened.
        let ratios: [String?]
        /// The median over the last hour, as it is written.
        let p50: String?
        /// 95 of 100 runs were faster over the last hour.
        let p95: String?
        /// The 95th percentile in seconds, with the digits of its text: what the rows are sorted by; -1 when nothing was measured.
        let sortLatency: Double
        /// The success ratio over 24 hours; above 1 when nothing happened.
        let sortRatio: Double
        /// The bars.
        let bar: HistoryBar
    }

    /// The component's name.
    let name: String
    /// What its status does to the service.
    let impact: Impact
    /// The group that it is in.
    let group: String?
    /// Who looks after it.
    let owner: String?
    /// What to do when it is red.
    let runbook: String?
    /// What changes with its status.
    let current: Current
    /// What changes with every run.
    var measured: Measured

    /// The facts of a component; `measured` are those of before, or new ones.
    init(_ component: ComponentRecord, current: Current, measured: Measured) {
        name = component.registration.name
        (impact, group) = (component.impact, component.group?.name)
        (owner, runbook) = (component.owner, component.runbook)
        (self.current, self.measured) = (current, measured)
    }

    /// How bad it is, best first: the status, and among equals what matters to the service.
    var severity: Int {
        current.status.severity * 8 + (current.isSuppressed ? 0 : 4) + impact.weight
    }
}

extension ComponentFacts.Current {
    /// The current facts of a component.
    init(_ component: ComponentRecord, in health: HealthSnapshot) {
        let (state, suppression) = (component.state, health.suppression(of: component))
        status = state.status
        since = state.since
        reason = health.reason(of: component)
        suppressedBy = suppression.rootCauses
        isInMaintenance = suppression.isInMaintenance
        drill = state.drill.map { ComponentFacts.DrillFacts(end: $0.end, by: $0.by, reason: $0.reason) }
        let failing = component.checks.lazy.map { health.checks[$0] }.first { check in
            check.state.consecutiveFailures > 0 && check.state.status < .unhealthy
        }
        confirming = failing.map { check in
            ComponentFacts.Confirming(
                check: check.registration.id.check,
                failures: check.state.consecutiveFailures,
                threshold: check.registration.thresholds.failure
            )
        }
    }
}

extension ComponentFacts.Measured {
    /// The measured facts of a component.
    init(_ component: ComponentRecord, in known: PageSnapshot, step: HistoryStep) {
        let latency = LatencyHistogram(
            adding: component.checks.compactMap { known.metrics.checks[known.health.checks[$0].handle]?.latency }
        )
        let history = known.history[component.registration.name] ?? HistoryStore.Component()
        ratios = SuccessHistory.Window.allCases.map { window in
            history.success.ratio(window, at: known.timestamp).map { ShortText.percent($0) }
        }
        p50 = latency?.quantileOfLastHour(0.5, at: known.now).map(ShortText.seconds)
        let slow = latency?.quantileOfLastHour(0.95, at: known.now)
        p95 = slow.map(ShortText.seconds)
        sortLatency = slow.map { ($0 * 1e4).rounded() / 1e4 } ?? -1
        sortRatio = history.success.ratio(.day, at: known.timestamp).map { ($0 * 1e4).rounded() / 1e4 } ?? 2
        bar = HistoryBar(step, of: history, objective: component.registration.objective, at: known.timestamp)
    }

    /// Whether it would be shown nearly alike: the latency differs by a quarter at most.
    func isSimilar(to other: ComponentFacts.Measured) -> Bool {
        guard ratios == other.ratios, bar == other.bar, (p95 == nil) == (other.p95 == nil) else { return false }
        return abs(sortLatency - other.sortLatency) <= max(sortLatency, other.sortLatency) / 4
    }
}

extension Impact {
    /// What matters more to the service has a larger weight, 0 to 2.
    var weight: Int {
        switch self {
        case .critical: 2
        case .optional: 1
        case .informational: 0
        }
    }
}
