import HealthCore
import HealthTesting
import Logging
import Synchronization
import Testing

@testable import HealthExporter

/// Levels and rates of lines, as the contract has them.
struct ResultLoggerTests {
    private typealias Entry = (level: Logger.Level, event: String, reason: String, error: String, isDrill: Bool)

    /// Keeps what is logged.
    private final class Recorder: Sendable {
        let entries = Mutex<[Entry]>([])

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
            let isDrill = text("drill") == "true"
            let entry: Entry = (event.level, text("event"), text("reason"), text("error"), isDrill)
            recorder.entries.withLock { $0.append(entry) }
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

    @Test(arguments: [true, false])
    func aProbeThatFailsByADrillIsMarked(affectsReadiness: Bool) throws {
        let (recorder, time) = (Recorder(), ManualTime())
        let store = StatusStore(time: time, report: ResultLogger(logger: recorder.logger()).log)
        let registry = try CheckRegistry.make(.make("db"))
        store.apply(registry)
        _ = store.publish(.make(.success, at: time.moment), of: registry.checks[0].handle)
        _ = store.startDrill(
            of: "db",
            as: .unhealthy,
            for: .seconds(60),
            affectsReadiness: affectsReadiness,
            reason: "",
            by: ""
        )
        _ = store.endDrill(of: "db")
        let changes = recorder.entries.withLock { $0.filter { $0.event == "probe.changed" } }
        #expect(changes.map(\.isDrill) == (affectsReadiness ? [false, true, true] : [false]))
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

    @Test(
        arguments: [
            (.critical, [.success, .failure, .success], [.debug, .error, .notice], [.debug, .error, .notice]),
            (.optional, [.success, .timeout, .success], [.debug, .warning, .notice], [.warning, .notice]),
            (.informational, [.failure, .degraded], [.warning, .warning], []),
            (.critical, [.failure, .degraded], [.error, .warning], [.error, .warning]),
        ] as [(Impact, [RunOutcome], [Logger.Level], [Logger.Level])]
    )
    func componentAndServiceFollowTheirImpact(
        impact: Impact,
        outcomes: [RunOutcome],
        component: [Logger.Level],
        service: [Logger.Level]
    ) throws {
        let entries = try Self.entries(impact: impact, outcomes)
        #expect(entries.filter { $0.event == "component.status_changed" }.map(\.level) == component)
        #expect(
            entries.filter { $0.event == "service.status_changed" }.map(\.level).suffix(service.count) == service[...]
        )
    }

    @Test func whatIsSuppressedCallsNobody() throws {
        let recorder = Recorder()
        let store = StatusStore(time: ManualTime(), report: ResultLogger(logger: recorder.logger()).log)
        let check = Registration.make(thresholds: Thresholds(failure: 1, success: 1))
        var registry = try CheckRegistry.make(.make(checks: [check]))
        let start = Timestamp.newYear2026
        try registry.add(
            MaintenanceWindow(components: nil, time: .once(from: start, until: start.advanced(by: .seconds(60))))
        )
        store.apply(registry)
        for outcome in [RunOutcome.success, .failure, .degraded] {
            _ = store.publish(.make(outcome), of: registry.checks[0].handle)
        }
        let entries = recorder.entries.withLock { $0 }
        for event in ["check", "component", "service"] {
            let levels = entries.filter { $0.event == "\(event).status_changed" }.map(\.level)
            #expect(levels == [.debug, .notice, .notice])
        }
    }

    private static func entries(
        impact: Impact = .critical,
        _ outcomes: [RunOutcome],
        silentFor: Duration = .zero
    ) throws -> [Entry] {
        let (recorder, time) = (Recorder(), ManualTime())
        let logger = ResultLogger(logger: recorder.logger())
        let store = StatusStore(time: time, report: logger.log)
        let check = Registration.make(thresholds: Thresholds(failure: 1, success: 1))
        let registry = try CheckRegistry.make(.make(impact: impact, checks: [check]))
        store.apply(registry)
        for outcome in outcomes {
            time.advance(by: .seconds(1))
            var result = RunResult.make(outcome, at: time.moment)
            result.message = "it was \(outcome.rawValue)"
            _ = store.publish(result, of: registry.checks[0].handle)
        }
        time.advance(by: silentFor)
        _ = store.expire()
        return recorder.entries.withLock { $0 }
    }

    @Test(arguments: [RunOutcome.degraded, .failure, .timeout])
    func aChangeForTheWorseCarriesItsMessage(outcome: RunOutcome) throws {
        let lines = try Self.entries([.success, outcome]).filter { $0.event == "check.status_changed" }
        #expect(lines.map(\.error) == ["", "it was \(outcome.rawValue)"])
    }

    @Test(arguments: [([RunOutcome.success], "stale"), ([.success, .internal], "internal")])
    func aChangeByAgeCarriesTheLastMessage(outcomes: [RunOutcome], reason: String) throws {
        let entries = try Self.entries(outcomes, silentFor: .seconds(60))
        let line = try #require(entries.last { $0.event == "check.status_changed" })
        #expect(line.reason == reason && line.level == .warning)
        #expect(line.error == "it was \(outcomes.last?.rawValue ?? "")")
    }
}
