public import HealthChecks
package import HealthCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The machine's own clocks.
package enum SystemTime {
    /// Counts suspend, so that a laptop's or a frozen machine's results are as old as they are (CLOCK_BOOTTIME).
    package static func timeline() -> Timeline<ContinuousClock> {
        Timeline(clock: ContinuousClock(), wallClock: SystemWallClock())
    }
}

/// Civil time as the system tells it (CLOCK_REALTIME).
package struct SystemWallClock: WallClock {
    package init() {}

    package var now: Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(nanosecondsSinceEpoch: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}

extension Heartbeat {
    /// A handle on the machine's own clocks, for a ``HeartbeatCheck`` that code of this process registers.
    public convenience init() {
        self.init(clock: ContinuousClock(), wallClock: SystemWallClock())
    }
}
