/// Tells civil time; used for what people read, never for what is scheduled.
public protocol WallClock: Sendable {
    /// The civil time now.
    var now: Timestamp { get }
}

/// Tells both times at once: the monotonic one for ages, the civil one for people.
package protocol TimeSource: Sendable {
    /// The monotonic time now.
    var moment: Moment { get }
    /// The civil time now.
    var timestamp: Timestamp { get }
}

/// The process's time line: an injected clock, counted from the process's start, beside a wall clock.
package struct Timeline<C: Clock>: TimeSource where C.Duration == Duration {
    private let clock: C
    private let origin: C.Instant
    private let wallClock: any WallClock

    /// A time line that starts now.
    package init(clock: C, wallClock: any WallClock) {
        self.clock = clock
        self.wallClock = wallClock
        origin = clock.now
    }

    /// The time since the start, by the clock.
    package var moment: Moment {
        Moment(nanoseconds: origin.duration(to: clock.now).wholeNanoseconds)
    }

    /// The civil time, by the wall clock.
    package var timestamp: Timestamp {
        wallClock.now
    }

    /// Sleeps until a moment; throws `CancellationError` when the task is cancelled.
    package func sleep(until moment: Moment) async throws {
        try await clock.sleep(until: origin.advanced(by: .nanoseconds(moment.nanoseconds)), tolerance: .zero)
    }
}
