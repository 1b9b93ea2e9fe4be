import HealthCore
import Synchronization

/// A blocking call on its way through a ``BlockingQueue``.
struct BlockingCall: Sendable {
    /// The phases of the run that waits for the call.
    let phases: PhaseTimer
    /// Calls about the same subject run one after the other; nil when the call may run beside any other.
    let subject: String?
    /// Called when a thread is free; false when nobody waits for the call any more.
    let begin: @Sendable () -> Bool
    /// Whether somebody still waits for the call.
    let isWanted: @Sendable () -> Bool
    /// The call itself; blocks its thread.
    let work: @Sendable () -> Void
    /// Ends the wait of the run although the call goes on.
    let abandon: @Sendable () -> Void
}

extension BlockingCall {
    /// Whether a call waits, has begun, or was cancelled before it could; begin and cancellation exclude each other.
    final class Lifecycle: Sendable {
        private enum State {
            case waiting, begun, cancelled
        }

        private let state = Mutex(State.waiting)

        /// Whether the call was cancelled before it began.
        var isCancelled: Bool { state.withLock { $0 == .cancelled } }

        /// Marks the call as begun; false when it was cancelled.
        func begin() -> Bool { leaveWaiting(for: .begun) }

        /// Cancels the call; false when it has begun.
        func cancel() -> Bool { leaveWaiting(for: .cancelled) }

        private func leaveWaiting(for next: State) -> Bool {
            state.withLock { state in
                guard state == .waiting else { return false }
                state = next
                return true
            }
        }
    }
}
