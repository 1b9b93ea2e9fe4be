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
        let words = TimingWords(reader: reader, defaults: defaults)
        retries = Self.retries(reader, defaults)
        breaker = Self.breaker(reader, defaults, thresholds, words)
        refuseContradictions(reader, words)
    }

    private static func retries(_ reader: SettingsReader, _ defaults: SettingsReader) -> RetryPolicy? {
        let objects = [reader, defaults].map { $0.object("retries", keys: ConfigurationKeys.retries) }
        func either<Value>(_ read: (SettingsReader) -> Value?) -> Value? { objects.lazy.compactMap(read).first }
        let attempts = either { $0.integer("attempts", in: 0...10) } ?? 0
        let backoff = either { $0.duration("backoff") } ?? .milliseconds(100)
        let maximum = either { $0.duration("max_backoff") } ?? .seconds(1)
        if backoff > maximum {
            let words = TimingWords(reader: objects[0], defaults: objects[1])
            let (given, most) = (words.shown("backoff", backoff), words.shown("max_backoff", maximum))
            objects[0].problem("backoff", "backoff (\(given)) must be at most max_backoff (\(most))")
        }
        return attempts == 0 ? nil : RetryPolicy(attempts: attempts, backoff: backoff, maximumBackoff: maximum)
    }

    private static func breaker(
        _ reader: SettingsReader,
        _ defaults: SettingsReader,
        _ thresholds: Thresholds,
        _ outer: TimingWords
    ) -> CircuitBreakerSettings? {
        guard reader.has("circuit_breaker") || defaults.has("circuit_breaker") else { return nil }
        let objects = [reader, defaults].map { $0.object("circuit_breaker", keys: ConfigurationKeys.breaker) }
        func either<Value>(_ read: (SettingsReader) -> Value?) -> Value? { objects.lazy.compactMap(read).first }
        let failures = either { $0.integer("failures", in: 1...1000) } ?? 5
        let openFor = either { $0.duration("open_for") } ?? .seconds(10)
        let maximum = either { $0.duration("max_open_for") } ?? .seconds(30)
        let words = TimingWords(reader: objects[0], defaults: objects[1])
        if failures < thresholds.failure {
            let given = words.shown("failures", "\(failures)")
            let least = outer.shown("failure_threshold", "\(thresholds.failure)")
            objects[0].problem(
                "failures",
                "failures (\(given)) must be at least failure_threshold (\(least)): "
                    + "an open circuit adds no results that could change the status"
            )
        }
        if openFor > maximum {
            let (given, most) = (words.shown("open_for", openFor), words.shown("max_open_for", maximum))
            objects[0].problem("open_for", "open_for (\(given)) must be at most max_open_for (\(most))")
        }
        return CircuitBreakerSettings(failures: failures, openFor: openFor, maximumOpenFor: maximum)
    }

    private func refuseContradictions(_ reader: SettingsReader, _ words: TimingWords) {
        let (interval, timeout) = (schedule.interval, schedule.timeout)
        let (shownInterval, shownTimeout) = (words.shown("interval", interval), words.shown("timeout", timeout))
        if timeout >= interval {
            let message = "timeout (\(shownTimeout)) must be shorter than interval (\(shownInterval))"
            reader.problem(reader.has("timeout") ? "timeout" : "interval", message)
        }
        if schedule.confirmInterval > interval {
            let given = words.shown("confirm_interval", schedule.confirmInterval)
            let message = "confirm_interval (\(given)) must be at most interval (\(shownInterval))"
            reader.problem("confirm_interval", message)
        }
        if schedule.maximumAge < interval + timeout {
            let given = words.shown("max_age", schedule.maximumAge)
            let least = words.sum(of: ["interval", "timeout"], interval + timeout)
            reader.problem("max_age", "max_age (\(given)) must be at least interval + timeout\(least)")
        }
        if let retries, retries.longestDelays >= timeout {
            let most = words.sum(of: ["retries"], retries.longestDelays, "up to ")
            reader.problem("retries", "the waits between tries alone\(most) fill the timeout (\(shownTimeout))")
        }
        if let degradedAbove, degradedAbove >= timeout {
            let given = words.shown("degraded_above", degradedAbove)
            reader.problem("degraded_above", "degraded_above (\(given)) must be shorter than timeout (\(shownTimeout))")
        }
    }
}

/// How errors quote the keys of a check, which itself or the defaults give: never what a placeholder stands for.
private struct TimingWords {
    let reader: SettingsReader
    let defaults: SettingsReader

    private func giver(of key: String) -> SettingsReader { reader.has(key) ? reader : defaults }

    func shown(_ key: String, _ text: String) -> String { giver(of: key).shown(key, text) }

    func shown(_ key: String, _ duration: Duration) -> String { shown(key, SettingText.text(of: duration)) }

    /// What several keys come to, in parentheses; empty when one of them would be told by it.
    func sum(of keys: [String], _ duration: Duration, _ prefix: String = "") -> String {
        let isTold = keys.contains { reader.isReplaced($0) || defaults.isReplaced($0) }
        return isTold ? "" : " (\(prefix)\(SettingText.text(of: duration)))"
    }
}
