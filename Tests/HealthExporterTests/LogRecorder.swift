import Logging
import Synchronization

/// Keeps what is logged, for tests of log lines.
final class LogRecorder: Sendable {
    /// One line: level, message and metadata as texts.
    struct Line: Sendable {
        let level: Logger.Level
        let message: String
        let metadata: [String: String]

        subscript(key: String) -> String? { metadata[key] }

        var event: String { metadata["event"] ?? "" }
        var reason: String { metadata["reason"] ?? "" }
        var error: String { metadata["error"] ?? "" }
        var isDrill: Bool { metadata["drill"] == "true" }
    }

    private let recorded = Mutex<[Line]>([])

    /// Every line, in order.
    var lines: [Line] { recorded.withLock { $0 } }

    /// The lines of an event.
    func lines(of event: String) -> [Line] { lines.filter { $0["event"] == event } }

    /// The events of all lines, in order.
    var events: [String] { lines.compactMap { $0["event"] } }

    /// A logger whose lines are kept, from a level on.
    func logger(level: Logger.Level = .trace) -> Logger {
        Logger(label: "test") { _ in Handler(recorder: self, logLevel: level) }
    }

    private struct Handler: LogHandler {
        let recorder: LogRecorder
        var metadata: Logger.Metadata = [:]
        var logLevel: Logger.Level

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let texts = (event.metadata ?? [:]).mapValues { "\($0)" }
            let line = Line(level: event.level, message: "\(event.message)", metadata: texts)
            recorder.recorded.withLock { $0.append(line) }
        }
    }
}
