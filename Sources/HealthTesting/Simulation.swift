package import HealthCore

/// Tasks in virtual time: they run, and time passes, only in ``run(until:afterEach:)``.
package struct Simulation: Sendable {
    /// Runs the tasks.
    package let executor = SimulatedExecutor()
    /// Virtual time.
    package let clock = ManualClock()

    /// A simulation without tasks, at offset zero.
    package init() {}

    /// A time line on the simulation's clock, from now on.
    package func timeline() -> Timeline<ManualClock> {
        Timeline(clock: clock, wallClock: ManualWallClock(following: clock))
    }

    /// Starts a task; it does its first step when the simulation next runs.
    @discardableResult
    package func spawn(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: executor, operation: body)
    }

    /// Lets time pass; calls `afterEach` whenever everything that can run at one instant has run.
    package func run(until moment: Moment, afterEach: () -> Void = {}) {
        let limit = ManualClock.Instant(offset: .nanoseconds(moment.nanoseconds))
        repeat {
            executor.drain()
            afterEach()
        } while clock.wakeNext(limit: limit)
    }

    /// Runs everything that can run without time passing.
    package func drain() {
        executor.drain()
    }

    /// Wakes sleepers until there are none, so that no task is left; loops must have been told to end.
    package func end() {
        executor.drain()
        var rounds = 0
        while clock.sleeperCount > 0 {
            clock.wakeAll()
            executor.drain()
            rounds += 1
            precondition(rounds < 10_000, "a task goes back to sleep for ever: end its loop first")
        }
    }
}
