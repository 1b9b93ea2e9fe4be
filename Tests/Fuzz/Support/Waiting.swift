import Dispatch
import HealthChecks
import HealthCore
import Synchronization

/// Waits on this thread, which runs no task, for what a task returns.
func wait<Value: Sendable>(for body: @escaping @Sendable () async -> Value) -> Value {
    let (done, box) = (DispatchSemaphore(value: 0), ResultBox<Value>())
    Task {
        box.set(await body())
        done.signal()
    }
    done.wait()
    guard let value = box.value else { fail("a task ended without a result") }
    return value
}

/// Where a task leaves its result.
private final class ResultBox<Value: Sendable>: Sendable {
    private let state = Mutex<Value?>(nil)

    var value: Value? { state.withLock { $0 } }

    func set(_ value: Value) { state.withLock { $0 = value } }
}

extension FirstResult {
    /// What it was set to; a rule that it was.
    func settled(_ what: String) -> Result<Value, CheckFailure> {
        require(isSet, "\(what) has no result")
        return wait { [self] in
            do {
                return .success(try await value())
            } catch let failure as CheckFailure {
                return .failure(failure)
            } catch {
                fail("\(what) failed without a reason: \(error)")
            }
        }
    }
}
