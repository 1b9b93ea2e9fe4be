import HealthCore
package import NIOCore

/// The machine's clock that counts suspend (CLOCK_BOOTTIME), whose sleepers are woken by the timer of an event loop.
///
/// A sleep of `ContinuousClock` passes two threads of Dispatch before it ends: at 300 runs a second that was a third of all CPU.
package struct SystemClock: Clock {
    private let clock = ContinuousClock()
    private let loop: any EventLoop

    /// A clock with the timer of this event loop.
    package init(loop: any EventLoop) {
        self.loop = loop
    }

    /// The time now.
    package var now: ContinuousClock.Instant { clock.now }

    /// The least time between two moments.
    package var minimumResolution: Duration { clock.minimumResolution }

    /// Sleeps until a moment; throws `CancellationError` when the task is cancelled.
    ///
    /// The timer stands still while the machine is suspended, so that a sleep ends later by that time.
    package func sleep(until deadline: ContinuousClock.Instant, tolerance: Duration?) async throws {
        try Task.checkCancellation()
        let left = now.duration(to: deadline)
        guard left > .zero else { return }
        let timer = loop.scheduleTask(in: .nanoseconds(left.wholeNanoseconds)) {}
        do {
            try await withTaskCancellationHandler {
                try await timer.futureResult.get()
            } onCancel: {
                timer.cancel()
            }
        } catch {
            // A loop that has ended ends its sleepers, too.
            throw CancellationError()
        }
    }
}
