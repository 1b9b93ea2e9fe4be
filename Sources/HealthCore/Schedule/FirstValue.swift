import Synchronization

/// A value that several may set and one task waits for: the first one counts, also when it comes before the wait.
package final class FirstValue<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, Never>)
        case early(Value)
        case delivered
    }

    private let state = Mutex(State.empty)

    /// A value that nobody has set yet.
    package init() {}

    /// Whether a value was set.
    package var isSet: Bool {
        state.withLock { state in
            switch state {
            case .empty, .waiting: false
            case .early, .delivered: true
            }
        }
    }

    /// Waits for the value, once.
    ///
    /// A cancellation does not end the wait by itself: whoever cancels sets a value.
    package func value() async -> Value {
        await withCheckedContinuation { continuation in
            let early = state.withLock { state -> Value? in
                if case .early(let value) = state {
                    state = .delivered
                    return value
                }
                state = .waiting(continuation)
                return nil
            }
            if let early { continuation.resume(returning: early) }
        }
    }

    /// Sets the value; all but the first are dropped.
    package func set(_ value: Value) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .empty: state = .early(value)
            case .waiting(let continuation):
                state = .delivered
                return continuation
            case .early, .delivered: break
            }
            return nil
        }
        continuation?.resume(returning: value)
    }
}
