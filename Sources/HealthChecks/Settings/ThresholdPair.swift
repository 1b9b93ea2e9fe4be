package import HealthCore

/// The values from which on something is degraded or unhealthy; met when reached or passed.
package struct ThresholdPair<Value: Comparable & Hashable & Sendable>: Hashable, Sendable {
    /// From this value on it is degraded; nil when it never is.
    package let degraded: Value?
    /// From this value on it is unhealthy; nil when it never is.
    package let unhealthy: Value?
    /// Low is bad for free space and time left; high for all else.
    package let lowIsBad: Bool

    /// The thresholds of a value of which more is worse, unless `lowIsBad` is true.
    package init(degraded: Value?, unhealthy: Value?, lowIsBad: Bool = false) {
        self.degraded = degraded
        self.unhealthy = unhealthy
        self.lowIsBad = lowIsBad
    }

    /// What a value means.
    package func evaluate(_ value: Value) -> CheckReport.Verdict {
        if let unhealthy, meets(value, unhealthy) { return .failure(.threshold) }
        if let degraded, meets(value, degraded) { return .degraded(.threshold) }
        return .success
    }

    /// The bound that a verdict met; nil for a good one.
    package func bound(of verdict: CheckReport.Verdict) -> Value? {
        switch verdict {
        case .success, .pending: nil
        case .degraded: degraded
        case .failure: unhealthy
        }
    }

    private func meets(_ value: Value, _ threshold: Value) -> Bool {
        lowIsBad ? value <= threshold : value >= threshold
    }
}

extension CheckReport.Verdict {
    /// The worst of several verdicts; success when there is none.
    package static func worst(_ verdicts: [CheckReport.Verdict]) -> CheckReport.Verdict {
        verdicts.max { $0.severity < $1.severity } ?? .success
    }

    private var severity: Int {
        switch self {
        case .success, .pending: 0
        case .degraded: 1
        case .failure: 2
        }
    }
}

extension Duration {
    /// So many seconds, cut off at 30 years: what a server says of itself may be any number.
    init(secondsOf number: Double) {
        self = .seconds(min(max(number, -1e9), 1e9))
    }
}

extension Int {
    /// The whole part of a number that a file system or kernel reports, cut off at what an integer holds.
    package init(saturating number: Double) {
        self = Int(exactly: number.rounded(.towardZero)) ?? (number > 0 ? .max : number < 0 ? .min : 0)
    }
}
