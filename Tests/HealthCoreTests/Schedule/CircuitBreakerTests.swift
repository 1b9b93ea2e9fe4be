import HealthCore
import HealthTesting
import Testing

/// Opens after failures in a row, tries now and then, closes after successes; a second a result.
@Suite struct CircuitBreakerTests {
    /// Plays results: `S`uccess, `D`egraded, `F`ailure, `T`imeout, `I`nternal; `t` lets the trial begin.
    private func play(_ script: String, failures: Int = 3, successes: Int = 1, jitter: Double = 0) -> CircuitBreaker {
        let settings = CircuitBreakerSettings(
            failures: failures,
            openFor: .seconds(10),
            maximumOpenFor: .seconds(30)
        )
        var breaker = CircuitBreaker(settings, successThreshold: successes)
        for (second, letter) in script.enumerated() {
            let now = Moment.seconds(Double(second))
            switch letter {
            case "S": breaker.record(.success, at: now, jitter: jitter)
            case "D": breaker.record(.degraded, at: now, jitter: jitter)
            case "F": breaker.record(.failure, at: now, jitter: jitter)
            case "T": breaker.record(.timeout, at: now, jitter: jitter)
            case "I": breaker.record(.internal, at: now, jitter: jitter)
            default: breaker.beginTrial()
            }
        }
        return breaker
    }

    @Test(
        arguments: [
            ("", CircuitState.closed, nil),
            ("FF", .closed, nil),
            ("FSFF", .closed, nil),
            ("FFDF", .closed, nil),
            ("FIFIF", .open, 14),
            ("FFF", .open, 12),
            ("TTT", .open, 12),
            ("FTF", .open, 12),
            ("FFFt", .halfOpen, nil),
            ("FFFtS", .closed, nil),
            ("FFFtD", .closed, nil),
            // Our own trouble says nothing: it is tried again.
            ("FFFtI", .halfOpen, nil),
            // Each trial that fails doubles the time, up to the most.
            ("FFFtF", .open, 24),
            ("FFFtFtT", .open, 36),
            ("FFFtFtFtF", .open, 38),
            // Closed, it begins anew.
            ("FFFtFtSFFF", .open, 19),
            ("FFFtSFF", .closed, nil),
        ] as [(String, CircuitState, Double?)]
    )
    func followsItsResults(script: String, state: CircuitState, trialAt: Double?) {
        let breaker = play(script)
        #expect(breaker.state == state)
        #expect(breaker.trialAt == trialAt.map { .seconds($0) })
    }

    @Test func closesOnceTheSuccessThresholdIsMet() {
        #expect(play("FFFtS", successes: 2).state == .halfOpen)
        #expect(play("FFFtSS", successes: 2).state == .closed)
        #expect(play("FFFtSF", successes: 2).state == .open)
        #expect(play("FFFtSFtS", successes: 2).state == .halfOpen)
    }

    @Test func jitterMovesTheTrialByATenthAtMost() {
        #expect(play("FFF", jitter: 1).trialAt == .seconds(13))
        #expect(play("FFF", jitter: -1).trialAt == .seconds(11))
    }
}

/// How long to wait between tries, and after what.
@Suite struct RetryPolicyTests {
    private let policy = RetryPolicy(attempts: 5, backoff: .milliseconds(100), maximumBackoff: .milliseconds(500))

    @Test(arguments: [(1, 100), (2, 200), (3, 400), (4, 500), (5, 500), (60, 500)])
    func waitsDouble(attempt: Int, milliseconds: Int) {
        #expect(policy.longestDelay(before: attempt) == .milliseconds(milliseconds))
        #expect(policy.delay(before: attempt, share: 0) == .milliseconds(milliseconds) / 2)
        #expect(policy.delay(before: attempt, share: 1) == .milliseconds(milliseconds))
    }

    @Test func addsUp() {
        #expect(policy.longestDelays == .milliseconds(1700))
    }

    @Test(arguments: [
        (FailureReason.authentication, false), (.blocked, false), (.assertion, false), (.threshold, false),
        (.connectRefused, true), (.dnsTimeout, true), (.unexpectedStatus, true), (.internal, true),
    ])
    func somethingClearStaysAsItIs(reason: FailureReason, isWorthwhile: Bool) {
        #expect(policy.isWorthwhile(after: .failure(CheckFailure(reason, ""))) == isWorthwhile)
        #expect(policy.isWorthwhile(after: .success(CheckReport(.failure(reason)))) == isWorthwhile)
    }

    @Test func goodIsGoodEnough() {
        #expect(!policy.isWorthwhile(after: .success(CheckReport(.success))))
        #expect(!policy.isWorthwhile(after: .success(CheckReport(.degraded(.tooSlow)))))
        #expect(policy.isWorthwhile(after: .failure(ScriptedError())))
    }
}
