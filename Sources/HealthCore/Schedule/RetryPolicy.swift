/// Extra tries within one run, further and further apart, all within its timeout.
public struct RetryPolicy: Sendable, Equatable {
    /// Tries beyond the first, at least 1.
    public let attempts: Int
    /// The longest wait before the first of them.
    public let backoff: Duration
    /// The longest wait of all.
    public let maximumBackoff: Duration

    /// A policy.
    public init(attempts: Int, backoff: Duration = .milliseconds(100), maximumBackoff: Duration = .seconds(1)) {
        precondition(attempts >= 1 && backoff > .zero, "a policy has tries and a wait between them")
        self.attempts = attempts
        self.backoff = backoff
        self.maximumBackoff = maximumBackoff
    }

    /// The longest wait before an extra try, 1 being the first: twice the one before.
    package func longestDelay(before attempt: Int) -> Duration {
        var delay = backoff
        for _ in 1..<max(attempt, 1) where delay < maximumBackoff { delay *= 2 }
        return min(delay, maximumBackoff)
    }

    /// The sum of all waits at their longest.
    package var longestDelays: Duration {
        (1...attempts).reduce(.zero) { $0 + longestDelay(before: $1) }
    }

    /// The wait before an extra try: half of the longest, and of the other half as much as `share` says, 0 to 1.
    ///
    /// Checks that failed together then do not try again together.
    package func delay(before attempt: Int, share: Double) -> Duration {
        let half = longestDelay(before: attempt) / 2
        return half + half * share
    }

    /// Whether another try may find something else.
    ///
    /// It will not after a refused login, a forbidden address, or an answer or a value that is not what it should be.
    package func isWorthwhile(after result: Result<CheckReport, any Error>) -> Bool {
        let final: [FailureReason] = [.authentication, .blocked, .assertion, .threshold]
        switch result {
        case .success(let report):
            guard case .failure(let reason) = report.verdict else { return false }
            return !final.contains(reason)
        case .failure(let failure as CheckFailure): return !final.contains(failure.reason)
        case .failure: return true
        }
    }
}
