import DequeModule

/// The status of one check, moved by results and by age.
///
/// Pure: results and times in, changes out.
package struct CheckState: Sendable {
    /// A change of status, or of the reason for which nothing is known.
    package struct Change: Sendable, Equatable {
        package let from: HealthStatus
        package let to: HealthStatus
        package let previousReason: FailureReason?
        package let reason: FailureReason?
    }

    private struct Reading: Sendable {
        let status: HealthStatus
        let reason: FailureReason?
    }

    private var thresholds: Thresholds
    private var maximumAge: Duration
    private var recent = Deque<Reading>()
    /// When a result last arrived that says something about the target.
    private var lastReading: Moment?
    private var sawInternalTrouble = false
    /// The status is that of a check which this one replaces, until results of its own have decided.
    private var isInherited = false
    /// How long that status may last before there is a result, though it be older than the limit of its successor.
    private var inheritedUntil: Moment?

    package private(set) var status = HealthStatus.unknown
    package private(set) var reason: FailureReason? = .pending
    /// Whether any result has arrived, be it only of trouble of our own.
    package private(set) var hasResult = false
    /// When the status last changed, or trouble of our own was all that came of the first run; nil while it is pending.
    package private(set) var since: Timestamp?
    package private(set) var consecutiveFailures = 0
    package private(set) var transitions = 0

    package init(thresholds: Thresholds, maximumAge: Duration) {
        self.thresholds = thresholds
        self.maximumAge = maximumAge
    }

    /// The state of a check that replaces another one of the same name: it keeps the status until results of its own
    /// decide.
    ///
    /// A shorter limit of age counts from now on: nobody could have known of it before.
    package init(thresholds: Thresholds, maximumAge: Duration, replacing old: CheckState, at now: Moment) {
        self = old
        self.thresholds = thresholds
        self.maximumAge = maximumAge
        recent.removeAll()
        isInherited = true
        inheritedUntil = old.expiresAt.map { min($0, now.advanced(by: maximumAge)) }
    }

    /// Whether no result has arrived yet that says something about the target.
    package var isPending: Bool { lastReading == nil }

    /// Whether the last result reads otherwise than the status, so that the change wants confirmation.
    package var disagrees: Bool {
        recent.last.map { $0.status != status } ?? false
    }

    /// The moment from which on the status is too old; nil when it can't become so.
    package var expiresAt: Moment? {
        guard let lastReading, !isStale else { return nil }
        let limit = lastReading.advanced(by: maximumAge)
        return max(limit, inheritedUntil ?? limit)
    }

    private var isStale: Bool { status == .unknown && lastReading != nil }

    /// Takes the outcome of a run, or of a slot that an overdue run held up.
    package mutating func publish(
        _ outcome: RunOutcome,
        reason: FailureReason?,
        at moment: Moment,
        timestamp: Timestamp
    ) -> Change? {
        hasResult = true
        guard let read = outcome.status else { return noteInternalTrouble(timestamp) }
        let isFirst = isPending
        if isInherited, recent.isEmpty { consecutiveFailures = 0 }
        sawInternalTrouble = false
        (lastReading, inheritedUntil) = (moment, nil)
        consecutiveFailures = outcome.isSuccess ? 0 : consecutiveFailures + 1
        recent.append(Reading(status: read, reason: reason))
        if recent.count > max(thresholds.failure, thresholds.success) { recent.removeFirst() }

        let next = isFirst ? read : decided(read)
        if isFirst || read < .unhealthy || recent.count >= thresholds.failure { isInherited = false }
        if next == status {
            if read == status { self.reason = reason }
            return nil
        }
        return change(to: next, timestamp)
    }

    /// Trouble of our own moves no status, but it is why nothing is known when nothing else came yet.
    private mutating func noteInternalTrouble(_ timestamp: Timestamp) -> Change? {
        sawInternalTrouble = true
        guard reason == .pending else { return nil }
        (reason, since) = (.internal, timestamp)
        return Change(from: status, to: status, previousReason: .pending, reason: .internal)
    }

    /// A slot passed by intent: what is known stays true a while longer.
    package mutating func stayFresh(at moment: Moment) {
        if lastReading != nil, !isStale { lastReading = moment }
    }

    /// There is nothing to report yet, which is no result: what the check before left stays true until there is one.
    package mutating func stayPending(at moment: Moment) {
        if isInherited { stayFresh(at: moment) }
    }

    /// The status that the last results ask for.
    private func decided(_ read: HealthStatus) -> HealthStatus {
        // What is not known from results of its own gets better at once, and worse by the threshold.
        if isStale || isInherited, read < .unhealthy { return read }
        if let mildest = last(thresholds.failure)?.min(), mildest > status { return mildest }
        if !isStale, let worst = last(thresholds.success)?.max(), worst < status { return worst }
        return status
    }

    private func last(_ count: Int) -> [HealthStatus]? {
        recent.count < count ? nil : recent.suffix(count).map(\.status)
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
        since = timestamp
        transitions += 1
        reason =
            switch next {
            case .healthy: nil
            case .unknown: sawInternalTrouble ? .internal : .stale
            default: (recent.last { $0.status == next } ?? recent.last { $0.status > .healthy })?.reason
            }
        return Change(from: before.status, to: next, previousReason: before.reason, reason: reason)
    }
}
