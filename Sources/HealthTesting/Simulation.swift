package import HealthCore

/// Tasks in virtual time: nothing runs and no time passes but in `run(until:)`.
package struct Simulation: Sendable {
    package let executor = SimulatedExecutor()
    package let clock = ManualClock()

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

    /// Lets time pass; calls `afterEach` whenever all that can happen at one instant has happened.
    package func run(until moment: Moment, afterEach: () -> Void = {}) {
        let limit = ManualClock.Instant(offset: .nanoseconds(moment.nanoseconds))
        repeat {
            executor.drain()
            afterEach()
        } while clock.wakeNext(limit: limit)
    }

    /// Does everything that can be done without time passing.
    package func settle() {
        executor.drain()
    }

    /// Wakes whoever still sleeps until nobody does, so that no task is left behind; loops must have been told to end.
    package func end() {
        executor.drain()
        var rounds = 0
        while clock.sleeperCount > 0 {
            clock.wakeAll()
            executor.drain()
            rounds += 1
            precondition(rounds < 10_000, "somebody goes back to sleep for ever: end it first")
        }
    }
}
