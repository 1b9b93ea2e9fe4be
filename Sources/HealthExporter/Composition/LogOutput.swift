package import HealthCore
package import Logging

/// The log of an exporter: the logger that its parts use, and the writer behind it.
package struct LogOutput: Sendable {
    /// Writes lines without blocking.
    package let writer: LogWriter
    /// Logs the exporter's events.
    package let logger: Logger
    /// Changes the level of the logger.
    let setLevel: @Sendable (Logger.Level) -> Void

    /// A log whose level is the caller's to change.
    package init(writer: LogWriter, logger: Logger, setLevel: @escaping @Sendable (Logger.Level) -> Void = { _ in }) {
        self.writer = writer
        self.logger = logger
        self.setLevel = setLevel
    }

    /// A log in the format and of the level that a configuration asks for.
    ///
    /// - Parameter descriptor: where lines are written; 1 is standard output.
    package init(_ configuration: ExporterConfiguration, descriptor: Int32 = 1, wallClock: any WallClock) {
        let writer = LogWriter(descriptor: descriptor)
        let sink = LogSink(
            writer: writer,
            identity: configuration.identity,
            wallClock: wallClock,
            format: configuration.settings.logs.format
        )
        self.init(writer: writer, logger: sink.logger(level: configuration.settings.logs.level)) { sink.setLevel($0) }
    }

    /// The logger for libraries, whose lines below an error are not for the exporter's readers.
    var libraryLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .error)
        return logger
    }

    /// Logs why the exporter failed, and waits a second for the line to be written.
    func recordFailure(_ error: any Error) {
        logger.critical(
            "The exporter failed.",
            metadata: ["event": "exporter.stopped", "error": .string("\(error)")]
        )
        writer.flush(within: .seconds(1))
    }
}
