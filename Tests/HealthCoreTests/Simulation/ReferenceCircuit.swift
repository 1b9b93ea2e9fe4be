import HealthCore

/// What the contract (§5.6) says about a breaker, written apart from the product's code.
struct ReferenceCircuit {
    enum State: Equatable {
        case closed
        case open(until: Moment)
        case halfOpen
    }

    let settings: CircuitBreakerSettings
    let successThreshold: Int
    private(set) var state = State.closed
    /// Every kind that says something, and the states that it led to.
    private var kinds: [Bool] = []
    private var openings = 0

    init(_ settings: CircuitBreakerSettings, successThreshold: Int) {
        self.settings = settings
        self.successThreshold = successThreshold
    }

    var trialAt: Moment? {
        if case .open(let until) = state { until } else { nil }
    }

    /// A run starts.
    mutating func runStarts() {
        if trialAt != nil {
            state = .halfOpen
            kinds = []
        }
    }

    /// Records the result of a run.
    mutating func record(_ kind: ResultKind, at now: Moment, jitter: Double) {
        guard kind != .internal else { return }
        kinds.append(kind == .success || kind == .degraded)
        switch state {
        case .closed:
            let last = kinds.suffix(settings.failures)
            if last.count == settings.failures, !last.contains(true) {
                openings = 1
                open(at: now, jitter)
            }
        case .halfOpen:
            if kinds.last == false {
                openings += 1
                open(at: now, jitter)
            } else if kinds.suffix(successThreshold).count == successThreshold {
                state = .closed
                openings = 0
            }
        case .open: break
        }
    }

    private mutating func open(at now: Moment, _ jitter: Double) {
        var length = settings.openFor
        for _ in 1..<max(openings, 1) where length < settings.maximumOpenFor { length *= 2 }
        state = .open(until: now.advanced(by: min(length, settings.maximumOpenFor) * (1 + jitter / 10)))
    }
}
