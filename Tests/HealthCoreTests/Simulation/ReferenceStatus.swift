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

    init(thresholds: Thresholds, maximumAge: Duration) {
        self.thresholds = thresholds
        self.maximumAge = maximumAge
    }

    /// The status, asked at a moment after the last result.
    func status(at now: Moment) -> HealthStatus {
        guard let last = readings.last, last.moment.duration(to: now) <= maximumAge else { return .unknown }
        return decided
    }

    /// Takes a result.
    mutating func take(_ result: HealthStatus, at now: Moment) {
        let (isFirst, before) = (readings.isEmpty, status(at: now))
        readings.append(Reading(moment: now, status: result))
        let (failures, successes) = (last(thresholds.failure), last(thresholds.success))
        if isFirst {
            decided = result
        } else if before == .unknown {
            let areFailures = failures.count == thresholds.failure && failures.allSatisfy { $0 == .unhealthy }
            decided = result == .unhealthy && !areFailures ? .unknown : result
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
