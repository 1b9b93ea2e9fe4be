import HealthChecks
import HealthCore

/// The common keys of a check, with what contradicts refused.
struct CheckTiming {
    let schedule: Schedule
    let thresholds: Thresholds
    let degradedAbove: Duration?

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
        refuseContradictions(reader)
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
        if let degradedAbove, degradedAbove >= timeout {
            let message = "degraded_above (\(text(degradedAbove))) must be shorter than timeout (\(text(timeout)))"
            reader.problem("degraded_above", message)
        }
    }
}
