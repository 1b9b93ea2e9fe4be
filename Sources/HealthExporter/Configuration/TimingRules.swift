import HealthChecks
import HealthCore

/// Rules between the common keys of a check.
struct TimingRules {
    private let timing: TimingSettings
    private let reader: SettingsReader
    private let values: GivenValues

    /// - Parameters:
    ///   - reader: the check's own keys, where problems are reported.
    ///   - defaults: the keys of `defaults`, which count where the check's own are absent.
    init(_ timing: TimingSettings, reader: SettingsReader, defaults: SettingsReader) {
        self.timing = timing
        self.reader = reader
        values = GivenValues(reader: reader, defaults: defaults)
    }

    /// Adds a problem for everything that contradicts something else.
    func validate() {
        validateRetries()
        validateBreaker()
        let schedule = timing.schedule
        let (interval, timeout) = (schedule.interval, schedule.timeout)
        let (shownInterval, shownTimeout) = (values.shown("interval", interval), values.shown("timeout", timeout))
        if timeout >= interval {
            let message = "timeout (\(shownTimeout)) must be shorter than interval (\(shownInterval))"
            reader.problem(reader.has("timeout") ? "timeout" : "interval", message)
        }
        if schedule.confirmInterval > interval {
            let given = values.shown("confirm_interval", schedule.confirmInterval)
            let message = "confirm_interval (\(given)) must be at most interval (\(shownInterval))"
            reader.problem("confirm_interval", message)
        }
        if schedule.maximumAge < interval + timeout {
            let given = values.shown("max_age", schedule.maximumAge)
            let least = values.sum(interval + timeout, of: ["interval", "timeout"])
            reader.problem("max_age", "max_age (\(given)) must be at least interval + timeout\(least)")
        }
        if let retries = timing.retries.policy, retries.longestDelays >= timeout {
            let most = values.sum(retries.longestDelays, of: ["retries"], prefix: "up to ")
            reader.problem("retries", "the waits between tries alone\(most) fill the timeout (\(shownTimeout))")
        }
        if let degradedAbove = timing.degradedAbove, degradedAbove >= timeout {
            let given = values.shown("degraded_above", degradedAbove)
            reader.problem("degraded_above", "degraded_above (\(given)) must be shorter than timeout (\(shownTimeout))")
        }
    }

    private func validateRetries() {
        let retries = timing.retries
        guard retries.backoff > retries.maximumBackoff else { return }
        let inner = values.object("retries", keys: RetrySettings.descriptions)
        let given = inner.shown("backoff", retries.backoff)
        let most = inner.shown("max_backoff", retries.maximumBackoff)
        inner.reader.problem("backoff", "backoff (\(given)) must be at most max_backoff (\(most))")
    }

    private func validateBreaker() {
        guard let breaker = timing.breaker else { return }
        let inner = values.object("circuit_breaker", keys: BreakerSettings.descriptions)
        if breaker.failures < timing.failureThreshold {
            let given = inner.shown("failures", "\(breaker.failures)")
            let least = values.shown("failure_threshold", "\(timing.failureThreshold)")
            inner.reader.problem(
                "failures",
                "failures (\(given)) must be at least failure_threshold (\(least)): "
                    + "an open circuit adds no results that could change the status"
            )
        }
        if breaker.openFor > breaker.maximumOpenFor {
            let given = inner.shown("open_for", breaker.openFor)
            let most = inner.shown("max_open_for", breaker.maximumOpenFor)
            inner.reader.problem("open_for", "open_for (\(given)) must be at most max_open_for (\(most))")
        }
    }
}

/// How errors quote the keys of a check, which itself or the defaults give: never what a placeholder stands for.
private struct GivenValues {
    let reader: SettingsReader
    let defaults: SettingsReader

    private func giver(of key: String) -> SettingsReader { reader.has(key) ? reader : defaults }

    func shown(_ key: String, _ text: String) -> String { giver(of: key).shown(key, text) }

    func shown(_ key: String, _ duration: Duration) -> String { shown(key, SettingText.text(of: duration)) }

    /// The keys of a nested map.
    func object(_ key: String, keys: [KeyDescription]) -> GivenValues {
        GivenValues(reader: reader.object(key, keys: keys), defaults: defaults.object(key, keys: keys))
    }

    /// What several keys come to, in parentheses; empty when one key alone says it.
    func sum(_ duration: Duration, of keys: [String], prefix: String = "") -> String {
        let isTold = keys.contains { reader.isReplaced($0) || defaults.isReplaced($0) }
        return isTold ? "" : " (\(prefix)\(SettingText.text(of: duration)))"
    }
}
