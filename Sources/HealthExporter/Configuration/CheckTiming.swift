import HealthChecks
import HealthCore

/// The common keys of a check, with what contradicts refused.
struct CheckTiming {
    let schedule: Schedule
    let thresholds: Thresholds
    let degradedAbove: Duration?
    let retries: RetryPolicy?
    let breaker: CircuitBreakerSettings?

    init(_ reader: SettingsReader, defaults: SettingsReader) {
        func either<Value>(_ read: (SettingsReader) -> Value?) -> Value? { read(reader) ?? read(defaults) }
        let shortest = Duration.milliseconds(100)
        let interval = either { $0.duration("interval", atLeast: shortest) } ?? .seconds(10)
        let timeout = either { $0.duration("timeout") } ?? .seconds(2)
        let confirmInterval = either { $0.duration("confirm_interval", atLeast: shortest) }
        let maximumAge = either { $0.duration("max_age") }
        degradedAbove = either { $0.duration("degraded_above") }
        thresholds = Thresholds(
            failure: either { $0.integer("failure_threshold", in: 1...100) } ?? 3,
            success: either { $0.integer("success_threshold", in: 1...100) } ?? 1
        )
        schedule = Schedule(
            interval: interval,
            timeout: timeout,
            confirmInterval: confirmInterval,
            maximumAge: maximumAge
        )
        retries = Self.retries(reader, defaults)
        breaker = Self.breaker(reader, defaults, thresholds)
        refuseContradictions(reader)
    }

    private static func retries(_ reader: SettingsReader, _ defaults: SettingsReader) -> RetryPolicy? {
        let objects = [reader, defaults].map { $0.object("retries", keys: ConfigurationKeys.retries) }
        func either<Value>(_ read: (SettingsReader) -> Value?) -> Value? { objects.lazy.compactMap(read).first }
        let attempts = either { $0.integer("attempts", in: 0...10) } ?? 0
        let backoff = either { $0.duration("backoff") } ?? .milliseconds(100)
        let maximum = either { $0.duration("max_backoff") } ?? .seconds(1)
        if backoff > maximum {
            let text = SettingText.text(of:)
            objects[0].problem("backoff", "backoff (\(text(backoff))) must be at most max_backoff (\(text(maximum)))")
        }
        return attempts == 0 ? nil : RetryPolicy(attempts: attempts, backoff: backoff, maximumBackoff: maximum)
    }

    private static func breaker(
        _ reader: SettingsReader,
        _ defaults: SettingsReader,
        _ thresholds: Thresholds
    ) -> CircuitBreakerSettings? {
        guard reader.has("circuit_breaker") || defaults.has("circuit_breaker") else { return nil }
        let objects = [reader, defaults].map { $0.object("circuit_breaker", keys: ConfigurationKeys.breaker) }
        func either<Value>(_ read: (SettingsReader) -> Value?) -> Value? { objects.lazy.compactMap(read).first }
        let failures = either { $0.integer("failures", in: 1...1000) } ?? 5
        let openFor = either { $0.duration("open_for") } ?? .seconds(10)
        let maximum = either { $0.duration("max_open_for") } ?? .seconds(30)
        if failures < thresholds.failure {
            objects[0].problem(
                "failures",
                "failures (\(failures)) must be at least failure_threshold (\(thresholds.failure)): "
                    + "an open circuit adds no results that could change the status"
            )
        }
        if openFor > maximum {
            let text = SettingText.text(of:)
            objects[0].problem(
                "open_for",
                "open_for (\(text(openFor))) must be at most max_open_for (\(text(maximum)))"
            )
        }
        return CircuitBreakerSettings(failures: failures, openFor: openFor, maximumOpenFor: maximum)
    }

    private func refuseContradictions(_ reader: SettingsReader) {
        let text = SettingText.text(of:)
        let (interval, timeout) = (schedule.interval, schedule.timeout)
        if timeout >= interval {
            let message = "timeout (\(text(timeout))) must be shorter than interval (\(text(interval)))"
            reader.problem(reader.has("timeout") ? "timeout" : "interval", message)
        }
        if schedule.confirmInterval > interval {
            let message =
                "confirm_interval (\(text(schedule.confirmInterval))) must be at most interval (\(text(interval)))"
            reader.problem("confirm_interval", message)
        }
        if schedule.maximumAge < interval + timeout {
            let least = text(interval + timeout)
            reader.problem(
                "max_age",
                "max_age (\(text(schedule.maximumAge))) must be at least interval + timeout (\(least))"
            )
        }
        if let retries, retries.longestDelays >= timeout {
            let message =
                "the waits between tries alone (up to \(text(retries.longestDelays))) fill the timeout (\(text(timeout)))"
            reader.problem("retries", message)
        }
        if let degradedAbove, degradedAbove >= timeout {
            let message = "degraded_above (\(text(degradedAbove))) must be shorter than timeout (\(text(timeout)))"
            reader.problem("degraded_above", message)
        }
    }
}
