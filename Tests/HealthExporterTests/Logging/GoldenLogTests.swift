import HealthCore
import HealthTesting
import Logging
import Testing

@testable import HealthExporter

/// Whole log lines, byte for byte.
struct GoldenLogTests {
    @Test(arguments: [(LogSettings.Format.json, "log.jsonl"), (.text, "log.txt")])
    func theLinesOfAServiceStayAsTheyAre(format: LogSettings.Format, name: String) throws {
        let lines = try LogPipe.lines(format) { _ = try HealthSample(logger: $0) }
        try GoldenFile.check(name, lines.joined(separator: "\n") + "\n")
    }
}
