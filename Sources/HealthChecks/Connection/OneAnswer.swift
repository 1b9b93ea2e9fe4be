import Synchronization

/// A continuation that gets the first of several answers, also one that comes before it waits.
package final class OneAnswer<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case early(Result<Value, any Error>)
        case given
    }

    private let state = Mutex(State.empty)

    package init() {}

    /// Whether an answer was given.
    package var isGiven: Bool {
        state.withLock { state in
            switch state {
            case .empty, .waiting: false
            case .early, .given: true
            }
        }
    }

    /// Resumes a continuation with the answer, now or when it comes.
    package func wait(_ continuation: CheckedContinuation<Value, any Error>) {
        let early = state.withLock { state -> Result<Value, any Error>? in
            if case .early(let result) = state {
                state = .given
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    /// Gives an answer; all but the first are dropped.
    package func give(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .empty: state = .early(result)
            case .waiting(let continuation):
                state = .given
                return continuation
            case .early, .given: break
            }
            return nil
        }
        continuation?.resume(with: result)
    }
}
