public import HealthChecks
package import HealthCore
package import NIOCore
import NIOPosix
import Platform

/// The machine's own clocks.
package enum SystemTime {
    /// Counts suspend, so that a laptop's or a frozen machine's results are as old as they are (CLOCK_BOOTTIME).
    ///
    /// - Parameter group: one of its event loops wakes all sleepers.
    package static func timeline(
        on group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) -> Timeline<SystemClock> {
        Timeline(clock: SystemClock(loop: group.any()), wallClock: SystemWallClock())
    }
}

/// Civil time as the system tells it (CLOCK_REALTIME).
package struct SystemWallClock: WallClock {
    /// The system's clock.
    package init() {}

    /// The time now.
    package var now: Timestamp {
        Timestamp(nanosecondsSinceEpoch: RealTime.nanosecondsSinceEpoch)
    }
}

extension Heartbeat {
    /// A handle on the machine's own clocks, for a ``HeartbeatCheck`` that code of this process registers.
    public convenience init() {
        self.init(clock: ContinuousClock(), wallClock: SystemWallClock())
    }
}
