import Foundation
import HealthCore
import HealthTesting
import Logging

@testable import HealthExporter

/// A pipe whose reader reads when the test says so.
final class LogPipe {
    private let pipe = Pipe()

    var descriptor: Int32 { pipe.fileHandleForWriting.fileDescriptor }

    /// Every line that a writer has written to it until now; it can't write any more then.
    func lines(_ writer: LogWriter) -> [String] {
        writer.flush(within: .seconds(5))
        try? pipe.fileHandleForWriting.close()
        return String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self).split(
            separator: "\n"
        ).map(String.init)
    }

    /// From now on nobody reads.
    func closeReader() throws {
        try pipe.fileHandleForReading.close()
    }

    /// The lines that a sink makes of what is logged, from `level` on, at midnight of New Year 2026.
    static func lines(
        _ format: LogSettings.Format,
        level: Logger.Level = .debug,
        _ log: (Logger) throws -> Void
    ) rethrows -> [String] {
        let pipe = LogPipe()
        let writer = LogWriter(descriptor: pipe.descriptor)
        let sink = LogSink(
            writer: writer,
            identity: HealthSample.identity,
            wallClock: ManualWallClock(following: ManualClock()),
            format: format
        )
        try log(sink.logger(level: level))
        return pipe.lines(writer)
    }
}
