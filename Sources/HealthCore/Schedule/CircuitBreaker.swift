/// When runs are skipped while a target fails.
public struct CircuitBreakerSettings: Sendable, Equatable {
    /// Failures and timeouts in a row that open the circuit, at least 1.
    public let failures: Int
    /// How long it then stays open.
    public let openFor: Duration
    /// How long at most, after trials that failed.
    public let maximumOpenFor: Duration

    /// Settings of a breaker.
    public init(failures: Int = 5, openFor: Duration = .seconds(10), maximumOpenFor: Duration = .seconds(30)) {
        precondition(failures >= 1 && openFor > .zero, "a breaker opens after something and for some time")
        self.failures = failures
        self.openFor = openFor
        self.maximumOpenFor = max(openFor, maximumOpenFor)
    }
}

/// The state of a circuit.
public enum CircuitState: String, CaseIterable, Sendable {
    /// Every slot is run.
    case closed
    /// Slots pass without a run.
    case open
    /// A trial run goes on, or successes are being counted after one.
    case halfOpen = "half_open"
}

/// Skips runs while a target fails, with a trial run now and then.
///
/// Pure: results in, state out.
package struct CircuitBreaker: Sendable {
    private let settings: CircuitBreakerSettings
    private let successThreshold: Int
    private var failuresInARow = 0
    private var successesInARow = 0
    private var openFor: Duration

    /// The state of the circuit.
    package private(set) var state = CircuitState.closed
    /// When the next trial is due; while it is open.
    package private(set) var trialAt: Moment?

    /// A closed circuit; after a trial, so many successes in a row close it.
    package init(_ settings: CircuitBreakerSettings, successThreshold: Int) {
        self.settings = settings
        self.successThreshold = successThreshold
        openFor = settings.openFor
    }

    /// The trial begins.
    package mutating func beginTrial() {
        guard state == .open else { return }
        state = .halfOpen
        trialAt = nil
        successesInARow = 0
    }

    /// Records how a run ended.
    ///
    /// - Parameter jitter: -1 to 1; moves the trial by as many tenths of the time.
    package mutating func record(_ kind: ResultKind, at now: Moment, jitter: Double) {
        // An internal error says nothing about the target.
        guard kind != .internal else { return }
        if kind.isSuccess {
            failuresInARow = 0
            successesInARow += 1
            if state == .halfOpen, successesInARow >= successThreshold { close() }
            return
        }
        successesInARow = 0
        failuresInARow += 1
        switch state {
        case .closed: if failuresInARow >= settings.failures { open(at: now, jitter) }
        case .halfOpen:
            openFor = min(openFor * 2, settings.maximumOpenFor)
            open(at: now, jitter)
        case .open: break
        }
    }

    private mutating func close() {
        state = .closed
        openFor = settings.openFor
    }

    private mutating func open(at now: Moment, _ jitter: Double) {
        state = .open
        trialAt = now.advanced(by: openFor * (1 + jitter / 10))
    }
}
