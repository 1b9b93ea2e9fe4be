import HealthCore

/// What the contract (§5.3) says about a list of results, written plainly and apart from the product's code.
struct ReferenceStatus {
    /// A result that says something about the target.
    struct Reading {
        let moment: Moment
        let status: HealthStatus
    }

    let thresholds: Thresholds
    let maximumAge: Duration
    private(set) var readings: [Reading] = []
    private var decided = HealthStatus.unknown
    /// The last result of a check that this one replaces.
    private var inherited: Moment?
    /// Whether the status is still that of the check before: better at once, worse by the threshold.
    private var isBorrowed = false
    /// Until then the status of the check before stays, though the new limit of age be shorter.
    private var borrowedUntil: Moment?
    /// Passed by an open circuit: what is known stays true.
    private var refreshed: Moment?

    init(thresholds: Thresholds, maximumAge: Duration) {
        self.thresholds = thresholds
        self.maximumAge = maximumAge
    }

    /// A check that replaces another one of the same name.
    init(thresholds: Thresholds, maximumAge: Duration, replacing old: ReferenceStatus, at now: Moment) {
        self.init(thresholds: thresholds, maximumAge: maximumAge)
        decided = old.isTooOld ? .unknown : old.decided
        inherited = old.lastKnown
        isBorrowed = !old.isPending
        isTooOld = old.isTooOld
        borrowedUntil = old.isTooOld ? nil : old.limit.map { min($0, now.advanced(by: maximumAge)) }
    }

    /// When something was last known.
    private var lastKnown: Moment? {
        [readings.last?.moment, inherited, refreshed].compactMap(\.self).max()
    }

    /// When it is too old.
    private var limit: Moment? {
        lastKnown.map { max($0.advanced(by: maximumAge), borrowedUntil ?? $0) }
    }

    /// Whether the last result is older than a result of this check may be.
    func isPastItsAge(at now: Moment) -> Bool {
        lastKnown.map { $0.duration(to: now) > maximumAge } ?? false
    }

    /// Whether somebody saw that it is too old; only a result ends that.
    private(set) var isTooOld = false

    /// Whether there never was a result.
    var isPending: Bool { lastKnown == nil }

    /// A slot passed by intent.
    mutating func refresh(at now: Moment) {
        if !isPending, status(at: now) != .unknown { refreshed = now }
    }

    /// Nothing to report yet: what the check before left stays true.
    mutating func waitForAReport(at now: Moment) {
        if isBorrowed { refresh(at: now) }
    }

    /// Time has passed.
    mutating func update(at now: Moment) {
        if let limit, limit < now { isTooOld = true }
    }

    /// The status at a moment after the last result.
    func status(at now: Moment) -> HealthStatus {
        guard let limit, !isTooOld, now <= limit else { return .unknown }
        return decided
    }

    /// Records a result.
    mutating func record(_ result: HealthStatus, at now: Moment) {
        let (isFirst, before) = (isPending, status(at: now))
        (isTooOld, borrowedUntil) = (false, nil)
        readings.append(Reading(moment: now, status: result))
        let (failures, successes) = (last(thresholds.failure), last(thresholds.success))
        let areFailures = failures.count == thresholds.failure && failures.allSatisfy { $0 == .unhealthy }
        if isFirst {
            decided = result
        } else if before == .unknown || isBorrowed {
            decided = result == .unhealthy && !areFailures ? before : result
            if result != .unhealthy || areFailures { isBorrowed = false }
        } else if failures.count == thresholds.failure, failures.allSatisfy({ $0 > before }) {
            decided = failures.min() ?? before
        } else if successes.count == thresholds.success, successes.allSatisfy({ $0 < before }) {
            decided = successes.max() ?? before
        }
    }

    private func last(_ count: Int) -> [HealthStatus] {
        readings.suffix(count).map(\.status)
    }
}
