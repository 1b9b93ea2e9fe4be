package import HealthChecks
package import HealthCore

/// The keys that every check has, whatever its kind; `defaults` has them too.
package struct TimingSettings: Settings {
    package var interval = Duration.seconds(10)
    package var timeout = Duration.seconds(2)
    package var confirmInterval: Duration?
    package var failureThreshold = 3
    package var successThreshold = 1
    package var degradedAbove: Duration?
    package var maximumAge: Duration?
    package var retries = RetrySettings()
    package var breaker: BreakerSettings?

    /// The timing of a check when neither it nor `defaults` gives a key.
    package init() {}

    private static let shortest = Duration.milliseconds(100)

    package static let keys: [SettingKey<TimingSettings>] = [
        SettingKey(
            "interval",
            in: \.interval,
            as: .duration(atLeast: shortest),
            "The steady cadence, at least \(SettingText.text(of: shortest))."
        ),
        SettingKey(
            "timeout",
            in: \.timeout,
            as: .duration,
            "The total deadline of a run, shorter than the interval."
        ),
        SettingKey(
            "confirm_interval",
            in: \.confirmInterval,
            as: .duration(atLeast: shortest),
            "The cadence while a change is being confirmed.",
            default: "min(interval, max(1s, interval/5))"
        ),
        SettingKey(
            "failure_threshold",
            in: \.failureThreshold,
            as: .integer(1...100),
            "Results in a row that it takes to become worse."
        ),
        SettingKey(
            "success_threshold",
            in: \.successThreshold,
            as: .integer(1...100),
            "Results in a row that it takes to become better."
        ),
        SettingKey(
            "degraded_above",
            in: \.degradedAbove,
            as: .duration,
            "A success slower than this is degraded.",
            default: "none"
        ),
        SettingKey(
            "max_age",
            in: \.maximumAge,
            as: .duration,
            "Older than this the status is unknown.",
            default: "2*interval + timeout"
        ),
        SettingKey(
            "retries",
            in: \.retries,
            as: .object(RetrySettings.self),
            "Extra tries inside one run and its timeout.",
            default: "none"
        ),
        SettingKey(
            "circuit_breaker",
            in: \.breaker,
            as: .object(BreakerSettings.self),
            "Runs that are left out while it fails.",
            default: "none"
        ),
    ]

    /// The schedule that these give.
    package var schedule: Schedule {
        Schedule(interval: interval, timeout: timeout, confirmInterval: confirmInterval, maximumAge: maximumAge)
    }

    package var thresholds: Thresholds { Thresholds(failure: failureThreshold, success: successThreshold) }
}

/// The `retries` key of a check.
package struct RetrySettings: Settings {
    package var attempts = 0
    package var backoff = Duration.milliseconds(100)
    package var maximumBackoff = Duration.seconds(1)

    /// No retries: ``policy`` is nil.
    package init() {}

    package static let keys: [SettingKey<RetrySettings>] = [
        SettingKey("attempts", in: \.attempts, as: .integer(0...10), "Tries beyond the first."),
        SettingKey(
            "backoff",
            in: \.backoff,
            as: .duration,
            "The longest wait before the first of them; doubles each time."
        ),
        SettingKey("max_backoff", in: \.maximumBackoff, as: .duration, "The longest wait of all."),
    ]

    /// Nil when nothing is tried again.
    package var policy: RetryPolicy? {
        attempts == 0 ? nil : RetryPolicy(attempts: attempts, backoff: backoff, maximumBackoff: maximumBackoff)
    }
}

/// The `circuit_breaker` key of a check.
package struct BreakerSettings: Settings {
    package var failures = 5
    package var openFor = Duration.seconds(10)
    package var maximumOpenFor = Duration.seconds(30)

    /// The values for keys that a `circuit_breaker` leaves out.
    package init() {}

    package static let keys: [SettingKey<BreakerSettings>] = [
        SettingKey("failures", in: \.failures, as: .integer(1...1000), "Failures in a row that open it."),
        SettingKey("open_for", in: \.openFor, as: .duration, "How long it then stays open."),
        SettingKey(
            "max_open_for",
            in: \.maximumOpenFor,
            as: .duration,
            "How long at most, after trials that failed."
        ),
    ]

    /// The breaker that these describe.
    package var breaker: CircuitBreakerSettings {
        CircuitBreakerSettings(failures: failures, openFor: openFor, maximumOpenFor: maximumOpenFor)
    }
}
