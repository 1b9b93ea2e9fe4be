import DequeModule

/// The status of one check, moved by results and by age.
///
/// Pure: results and times in, changes out.
package struct CheckState: Sendable {
    /// A change of status, or of the reason for which nothing is known.
    package struct Change: Sendable, Equatable {
        /// The status before.
        package let from: HealthStatus
        /// The status after; the same when the reason alone changed.
        package let to: HealthStatus
        /// The reason before; nil for healthy.
        package let previousReason: FailureReason?
        /// The reason after; nil for healthy.
        package let reason: FailureReason?
    }

    private struct Limits: Sendable {
        let thresholds: Thresholds
        let maximumAge: Duration
    }

    private struct Reading: Sendable {
        let status: HealthStatus
        let reason: FailureReason?
    }

    private struct Results: Sendable {
        /// The last ones that say something about the target, as many as the thresholds need.
        var recent = Deque<Reading>()
        /// When the last of these arrived.
        var lastReading: Moment?
        var hasAny = false
        var lastIsInternalError = false
        var consecutiveFailures = 0
    }

    /// What a check that this one replaces has left to it.
    private struct Inheritance: Sendable {
        /// How long its status may last before there is a result, though it is older than the limit of its successor.
        var until: Moment?
    }

    private var limits: Limits
    private var results = Results()
    /// The status is that of a check which this one replaces; nil once results of its own have decided.
    private var inheritance: Inheritance?

    /// Unknown while it is pending, and when the last result is too old.
    package private(set) var status = HealthStatus.unknown
    /// Why it is not healthy.
    package private(set) var reason: FailureReason? = .pending
    /// When the status last changed, or the first run ended with an internal error; nil while it is pending.
    package private(set) var since: Timestamp?
    /// How often the status changed.
    package private(set) var transitions = 0
    /// The status of an earlier process, until there is a result.
    private var remembered: RememberedState.Check?

    /// A check without a result.
    package init(thresholds: Thresholds, maximumAge: Duration) {
        limits = Limits(thresholds: thresholds, maximumAge: maximumAge)
    }

    /// The state of a check that replaces another one of the same name: it keeps the status until results of its own
    /// decide.
    ///
    /// A shorter limit of age counts from now on: nobody could have known of it before.
    package init(thresholds: Thresholds, maximumAge: Duration, replacing old: CheckState, at now: Moment) {
        self = old
        limits = Limits(thresholds: thresholds, maximumAge: maximumAge)
        results.recent.removeAll()
        inheritance = Inheritance(until: old.expiresAt.map { min($0, now.advanced(by: maximumAge)) })
    }

    /// Remembers the status of an earlier process: when the first result agrees with it, it goes on since then.
    package mutating func remember(_ old: RememberedState.Check) {
        if isPending { remembered = old }
    }

    /// Whether any result has arrived, internal errors included.
    package var hasResult: Bool { results.hasAny }

    /// Failed runs and overdue slots in a row.
    package var consecutiveFailures: Int { results.consecutiveFailures }

    /// Whether no result has arrived yet that says something about the target.
    package var isPending: Bool { results.lastReading == nil }

    /// Whether the last result reads otherwise than the status, so that the change wants confirmation.
    package var disagrees: Bool {
        results.recent.last.map { $0.status != status } ?? false
    }

    /// The moment from which on the status is too old; nil when it can't become so.
    package var expiresAt: Moment? {
        guard let lastReading = results.lastReading, !isStale else { return nil }
        let limit = lastReading.advanced(by: limits.maximumAge)
        return max(limit, inheritance?.until ?? limit)
    }

    private var isStale: Bool { status == .unknown && results.lastReading != nil }

    /// Records the result of a run, or of a slot that passed while a run was overdue; returns the change, if any.
    package mutating func publish(
        _ kind: ResultKind,
        reason: FailureReason?,
        at moment: Moment,
        timestamp: Timestamp
    ) -> Change? {
        results.hasAny = true
        guard let read = kind.status else { return recordInternalError(timestamp) }
        let isFirst = isPending
        if inheritance != nil, results.recent.isEmpty { results.consecutiveFailures = 0 }
        results.lastIsInternalError = false
        results.lastReading = moment
        inheritance?.until = nil
        results.consecutiveFailures = kind.isSuccess ? 0 : consecutiveFailures + 1
        results.recent.append(Reading(status: read, reason: reason))
        if results.recent.count > max(limits.thresholds.failure, limits.thresholds.success) {
            results.recent.removeFirst()
        }

        let next = isFirst ? read : decided(read)
        if isFirst || read < .unhealthy || results.recent.count >= limits.thresholds.failure { inheritance = nil }
        if next == status {
            if read == status { self.reason = reason }
            return nil
        }
        return change(to: next, timestamp)
    }

    /// An internal error moves no status, but it is the reason while there is no other result.
    private mutating func recordInternalError(_ timestamp: Timestamp) -> Change? {
        results.lastIsInternalError = true
        guard reason == .pending else { return nil }
        (reason, since) = (.internal, timestamp)
        return Change(from: status, to: status, previousReason: .pending, reason: .internal)
    }

    /// A slot passed without a run by intent: what is known stays true for longer.
    package mutating func stayFresh(at moment: Moment) {
        if results.lastReading != nil, !isStale { results.lastReading = moment }
    }

    /// There is nothing to report yet, which is no result: the status inherited from a predecessor stays true.
    package mutating func stayPending(at moment: Moment) {
        if inheritance != nil { stayFresh(at: moment) }
    }

    /// The status that follows from the last results.
    private func decided(_ read: HealthStatus) -> HealthStatus {
        // What is not known from results of its own gets better at once, and worse by the threshold.
        if isStale || inheritance != nil, read < .unhealthy { return read }
        if results.recent.count >= limits.thresholds.failure {
            let mildest = results.recent.suffix(limits.thresholds.failure).lazy.map { $0.status }.min() ?? status
            if mildest > status { return mildest }
        }
        if !isStale, results.recent.count >= limits.thresholds.success {
            let worst = results.recent.suffix(limits.thresholds.success).lazy.map { $0.status }.max() ?? status
            if worst < status { return worst }
        }
        return status
    }

    /// Makes the status unknown when the last result is older than allowed.
    ///
    /// - Parameter timestamp: when it became so.
    package mutating func expire(at now: Moment, timestamp: Timestamp) -> Change? {
        guard let expiresAt, expiresAt < now else { return nil }
        return change(to: .unknown, timestamp)
    }

    private mutating func change(to next: HealthStatus, _ timestamp: Timestamp) -> Change {
        let before = (status: status, reason: reason)
        status = next
        since = remembered.map { $0.status == next ? $0.since : timestamp } ?? timestamp
        remembered = nil
        transitions += 1
        reason =
            switch next {
            case .healthy: nil
            case .unknown: results.lastIsInternalError ? .internal : .stale
            default: (results.recent.last { $0.status == next } ?? results.recent.last { $0.status > .healthy })?.reason
            }
        return Change(from: before.status, to: next, previousReason: before.reason, reason: reason)
    }
}
