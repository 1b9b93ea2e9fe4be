import HealthCore
import Logging

/// A line of the log, before it is written.
struct LogEntry {
    /// How important it is.
    let level: Logger.Level
    /// A constant sentence.
    let message: Logger.Message
    /// Its keys, with `event` among them.
    let metadata: Logger.Metadata
}

extension Logger {
    /// Logs an entry.
    func log(_ entry: LogEntry) {
        log(level: entry.level, entry.message, metadata: entry.metadata)
    }
}

extension Logger.Level {
    /// The level of a change to a status.
    ///
    /// - Parameters:
    ///   - isFirst: whether nothing was known before.
    ///   - isSuppressed: whether alerts about it are suppressed: it is at most a notice then.
    init(changeTo status: HealthStatus, impact: Impact, isFirst: Bool, isSuppressed: Bool) {
        let level: Logger.Level =
            switch status {
            case .unhealthy: impact == .critical ? .error : .warning
            case .degraded, .unknown: .warning
            case .healthy: isFirst ? .debug : .notice
            }
        self = isSuppressed ? min(.notice, level) : level
    }
}

extension Logger.Metadata {
    /// The keys that every line about a check has.
    init(event: String, check registration: Registration) {
        self = [
            "event": .string(event), "component": .string(registration.id.component),
            "check": .string(registration.id.check), "kind": .string(registration.kind),
        ]
        self = adding("target", registration.target)
    }

    /// The keys that tell of a run; its message only when it is no success.
    init(run: RunResult) {
        self = [
            "result": .string(run.kind.rawValue), "duration_seconds": .stringConvertible(run.duration.seconds),
            "trace_id": .string(run.traceID.description),
        ]
        self = adding("reason", run.reason?.rawValue).adding("error", run.kind == .success ? nil : run.message)
    }

    /// With one more key, when there is a value and it is not empty.
    func adding(_ key: String, _ value: String?) -> Logger.Metadata {
        guard let value, !value.isEmpty else { return self }
        return merging([key: .string(value)]) { $1 }
    }

    /// With the mark of what a drill shows.
    func marked(isDrill: Bool) -> Logger.Metadata {
        isDrill ? merging(["drill": .stringConvertible(true)]) { $1 } : self
    }
}
