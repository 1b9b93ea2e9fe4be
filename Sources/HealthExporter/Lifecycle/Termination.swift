package import Dispatch
import Platform
import Synchronization

/// Receives signals, counts the grace period and ends the process after it, on a queue of its own: it works while the
/// cooperative pool is blocked.
package final class Termination: Sendable {
    /// What a signal triggers.
    package struct Plan: Sendable {
        /// How long the process may take to end, from the signal.
        package var grace: Duration
        /// Called on the private queue as soon as the signal arrives; must not wait.
        package var begin: @Sendable () -> Void
        /// Called at the end of grace, before the process ends without having stopped; must not wait for long.
        package var onExpiry: @Sendable () -> Void

        /// A plan for the signal that ends the process.
        package init(grace: Duration, begin: @escaping @Sendable () -> Void, onExpiry: @escaping @Sendable () -> Void) {
            self.grace = grace
            self.begin = begin
            self.onExpiry = onExpiry
        }
    }

    private struct State {
        var signals = 0
        var plan: Plan?
    }

    /// One element once the process is to end.
    package let requests: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    /// One element when the configuration shall be loaded anew; signals that come together are one.
    package let reloads: AsyncStream<Void>
    private let reload: AsyncStream<Void>.Continuation
    private let queue = DispatchQueue(label: "termination")
    private let state = Mutex(State())

    /// Receives nothing until ``install()``.
    package init() {
        (requests, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (reloads, reload) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Receives SIGTERM, SIGINT and SIGHUP from now on, and ignores SIGPIPE.
    ///
    /// Called first in `main`: threads made later inherit the mask.
    ///
    /// The caller keeps the sources for as long as signals shall be received.
    package func install() -> [any DispatchSourceSignal] {
        signal(SIGPIPE, SIG_IGN)
        // Pending until the sources are registered, which Dispatch does later.
        let numbers = [SIGTERM, SIGINT, SIGHUP]
        Signals.block(numbers)
        return numbers.map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { self.received(number) }
            let registered = DispatchSemaphore(value: 0)
            source.setRegistrationHandler { registered.signal() }
            source.activate()
            registered.wait()
            return source
        }
    }

    /// Sets what a signal triggers; one that came before triggers it now.
    package func setPlan(_ plan: Plan) {
        queue.async { [self] in
            let wasSignalled = state.withLock { state in
                state.plan = plan
                return state.signals > 0
            }
            if wasSignalled { begin(plan) }
        }
    }

    /// Waits until what was submitted to the private queue is done; for tests.
    func waitForQueue() {
        queue.sync {}
    }

    /// A signal has arrived; called on the private queue.
    func received(_ number: Int32) {
        if number == SIGHUP {
            reload.yield(())
            return
        }
        let (count, plan) = state.withLock { state in
            state.signals += 1
            return (state.signals, state.plan)
        }
        if count > 1 { _exit(128 + number) }
        if let plan { begin(plan) }
        continuation.yield(())
    }

    private func begin(_ plan: Plan) {
        plan.begin()
        queue.asyncAfter(deadline: .now() + .milliseconds(Int(plan.grace / .milliseconds(1)))) {
            plan.onExpiry()
            _exit(1)
        }
    }
}
