import HealthCore
import HealthTesting
import Logging
import Synchronization
import Testing

@testable import HealthExporter

/// Levels and rates of lines, as the contract has them.
struct ResultLoggerTests {
    /// Keeps what is logged.
    private final class Recorder: Sendable {
        let entries = Mutex<[(level: Logger.Level, event: String, reason: String)]>([])

        func logger() -> Logger {
            Logger(label: "test") { _ in Handler(recorder: self) }
        }
    }

    private struct Handler: LogHandler {
        let recorder: Recorder
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            func text(_ key: String) -> String { event.metadata?[key].map { "\($0)" } ?? "" }
            recorder.entries.withLock { $0.append((event.level, text("event"), text("reason"))) }
        }
    }

    private static func levels(
        impact: Impact,
        thresholds: Thresholds,
        _ outcomes: [RunOutcome]
    ) throws -> [Logger.Level] {
        let (recorder, time) = (Recorder(), ManualTime())
        let logger = ResultLogger(logger: recorder.logger())
        let store = StatusStore(time: time, report: logger.log)
        let registry = try CheckRegistry.make(.make(impact: impact, checks: [.make(thresholds: thresholds)]))
        store.apply(registry)
        for outcome in outcomes {
            time.advance(by: .seconds(1))
            _ = store.publish(.make(outcome, at: time.moment), of: registry.checks[0].handle)
        }
        return recorder.entries.withLock { $0.filter { $0.event == "check.status_changed" }.map(\.level) }
    }

    @Test(
        arguments: [
            (.critical, [.success, .failure, .success], [.debug, .error, .notice]),
            (.optional, [.success, .timeout, .success], [.debug, .warning, .notice]),
            (.critical, [.degraded, .success], [.warning, .notice]),
            (.critical, [.failure, .degraded], [.error, .warning]),
            (.critical, [.success, .success, .internal], [.debug]),
        ] as [(Impact, [RunOutcome], [Logger.Level])]
    )
    func aChangeHasItsLevel(impact: Impact, outcomes: [RunOutcome], levels: [Logger.Level]) throws {
        #expect(try Self.levels(impact: impact, thresholds: Thresholds(failure: 1, success: 1), outcomes) == levels)
    }

    @Test func remindsEveryTenMinutesWhileACheckFails() throws {
        let recorder = Recorder()
        let logger = ResultLogger(logger: recorder.logger())
        let registry = try CheckRegistry.make(.make())
        let (handle, registration, _) = registry.checks[0]
        var standing = CheckState(thresholds: Thresholds(), maximumAge: .seconds(60))
        for minute in 0..<35 {
            let result = RunResult.make(.failure, at: .seconds(Double(minute) * 60))
            _ = standing.publish(.failure, reason: .timeout, at: result.moment, timestamp: result.timestamp)
            logger.log(result, of: handle, registration, standing)
        }
        let events = recorder.entries.withLock { $0.map(\.event) }
        #expect(events.count { $0 == "check.failing" } == 3)
        #expect(events.count { $0 == "check.run" } == 35)
    }
}
