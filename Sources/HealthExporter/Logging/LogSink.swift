package import HealthCore
package import Logging
import Synchronization

/// Makes loggers that write the exporter's lines.
package struct LogSink: Sendable {
    private let writer: LogWriter
    private let formatter: LogFormatter
    private let level = SharedLevel()

    /// A sink that writes lines of a format to a writer.
    package init(
        writer: LogWriter,
        identity: ServiceIdentity,
        wallClock: any WallClock,
        format: LogSettings.Format
    ) {
        let formatter = LogFormatter(identity: identity, wallClock: wallClock, format: format)
        self.writer = writer
        self.formatter = formatter
        writer.setDroppedLine { count in
            formatter.line(
                level: .warning,
                message: "Log lines were dropped: nobody read them in time.",
                metadata: ["event": "log.dropped", "dropped": .stringConvertible(Int(clamping: count))]
            )
        }
    }

    /// A logger that writes what is at least as important as `level`; ``setLevel(_:)`` changes that later.
    package func logger(level: Logger.Level) -> Logger {
        setLevel(level)
        let handler = EventLogHandler(sink: self)
        return Logger(label: "health-exporter") { _ in handler }
    }

    /// Changes the level of every logger that has none of its own.
    package func setLevel(_ level: Logger.Level) {
        self.level.set(level)
    }

    /// The least important level that is written.
    fileprivate var currentLevel: Logger.Level { level.get() }

    /// Writes the line of an event.
    fileprivate func write(_ event: LogEvent, _ metadata: Logger.Metadata) {
        let line = formatter.line(level: event.level, message: event.message, metadata: metadata)
        writer.append(line, level: event.level)
    }
}

/// The least important level that is written, which a reload may change.
private final class SharedLevel: Sendable {
    private let index = Atomic<Int>(0)

    func set(_ level: Logger.Level) {
        index.store(Logger.Level.allCases.firstIndex(of: level) ?? 0, ordering: .relaxed)
    }

    func get() -> Logger.Level {
        Logger.Level.allCases[index.load(ordering: .relaxed)]
    }
}

/// The handler that swift-log calls: one line an event.
private struct EventLogHandler: LogHandler {
    let sink: LogSink
    var metadata: Logger.Metadata = [:]
    private var ownLevel: Logger.Level?

    init(sink: LogSink) {
        self.sink = sink
    }

    var logLevel: Logger.Level {
        get { ownLevel ?? sink.currentLevel }
        set { ownLevel = newValue }
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        sink.write(event, metadata.merging(event.metadata ?? [:]) { $1 })
    }
}
