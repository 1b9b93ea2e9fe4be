package import Dispatch
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Owns the signals, the grace period and the last resort, on a queue of its own: it works while the cooperative pool is blocked.
package final class Termination: Sendable {
    /// What a signal sets off besides ending the process in time.
    package struct Plan: Sendable {
        package var grace: Duration
        /// Called on the private queue as soon as the signal arrives; must not wait.
        package var begin: @Sendable () -> Void
        /// Called before the process ends without having stopped; must not wait for long.
        package var lastWords: @Sendable () -> Void

        package init(grace: Duration, begin: @escaping @Sendable () -> Void, lastWords: @escaping @Sendable () -> Void)
        {
            self.grace = grace
            self.begin = begin
            self.lastWords = lastWords
        }
    }

    private struct State {
        var signals = 0
        var plan: Plan?
    }

    /// One element once the process shall end.
    package let requests: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    /// One element when the configuration shall be loaded anew; signals that come together are one.
    package let reloads: AsyncStream<Void>
    private let reload: AsyncStream<Void>.Continuation
    private let queue = DispatchQueue(label: "termination")
    private let state = Mutex(State())

    package init() {
        (requests, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (reloads, reload) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes over SIGTERM, SIGINT and SIGHUP, and ignores SIGPIPE.
    ///
    /// Called first in `main`: threads made later inherit the mask.
    ///
    /// The caller keeps the sources for as long as signals shall be received.
    package func install() -> [any DispatchSourceSignal] {
        signal(SIGPIPE, SIG_IGN)
        // Held back until the sources are registered, which dispatch does later.
        var mask = sigset_t()
        unsafe sigemptyset(&mask)
        unsafe sigaddset(&mask, SIGTERM)
        unsafe sigaddset(&mask, SIGINT)
        unsafe sigaddset(&mask, SIGHUP)
        unsafe pthread_sigmask(SIG_BLOCK, &mask, nil)
        return [SIGTERM, SIGINT, SIGHUP].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { self.received(number) }
            let registered = DispatchSemaphore(value: 0)
            source.setRegistrationHandler { registered.signal() }
            source.activate()
            registered.wait()
            return source
        }
    }

    /// Says what a signal sets off; one that came before sets it off now.
    package func setPlan(_ plan: Plan) {
        queue.async { [self] in
            let wasSignalled = state.withLock { state in
                state.plan = plan
                return state.signals > 0
            }
            if wasSignalled { begin(plan) }
        }
    }

    private func received(_ number: Int32) {
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
            plan.lastWords()
            _exit(1)
        }
    }
}
