package import HealthChecks

/// The `limits` section: limits of everything that can grow.
package struct LimitsSettings: Settings {
    package var stall = Duration.seconds(30)
    package var runsInFlight = 10_000
    package var checks = 10_000
    package var series = 1_000_000
    package var blockingThreads = 32

    /// The limits of a file without `limits`.
    package init() {}

    package static let keys: [SettingKey<LimitsSettings>] = [
        SettingKey(
            "stall",
            in: \.stall,
            as: .duration(atLeast: .seconds(2)),
            "The age of a loop's progress from which on liveness fails.",
            traits: .restart
        ),
        SettingKey(
            "runs_in_flight",
            in: \.runsInFlight,
            as: .integer(1...100_000),
            "Runs at once.",
            traits: .restart
        ),
        SettingKey("checks", in: \.checks, as: .integer(1...100_000), "Checks in all.", traits: .restart),
        SettingKey(
            "series",
            in: \.series,
            as: .integer(1...10_000_000),
            "Sample lines of /metrics.",
            traits: .restart
        ),
        SettingKey(
            "blocking_threads",
            in: \.blockingThreads,
            as: .integer(1...1024),
            "Threads for calls that block.",
            traits: .restart
        ),
    ]
}

/// The `network` section: where checks may connect to.
package struct NetworkSettings: Settings {
    package var allow: [IPNetwork] = []

    /// No network is allowed beyond those that every check may connect to.
    package init() {}

    package static let keys: [SettingKey<NetworkSettings>] = [
        SettingKey(
            "allow",
            in: \.allow,
            as: .list(.network),
            "Networks that are allowed although link-local, metadata, multicast or unspecified.",
            traits: .restart
        )
    ]
}

extension SettingType where Value == IPNetwork {
    fileprivate static var network: SettingType {
        SettingType(.network, expected: "a network such as 169.254.169.254/32 or fe80::/10") { IPNetwork($0) }
    }
}
