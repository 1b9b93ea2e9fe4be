import Dispatch
import HealthCore
import Synchronization

/// A result of another thread that a thread which may block waits for.
final class BlockingResult<Value: Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)
    private let isSet = DispatchSemaphore(value: 0)

    /// No result yet.
    init() {}

    /// Sets the result; once.
    func set(_ result: Value) {
        value.withLock { $0 = result }
        isSet.signal()
    }

    /// The result; nil when it has not come within a time.
    func wait(for limit: Duration) -> Value? {
        guard isSet.wait(timeout: .now() + limit.seconds) == .success else { return nil }
        return value.withLock { $0 }
    }
}
