import HealthCore
import HealthTesting
import Logging
import Testing

@testable import HealthExporter

/// Levels, sentences and keys of lines, before they are written.
struct LogEntryTests {
    @Test(
        arguments: [
            (.unhealthy, .critical, .error), (.unhealthy, .optional, .warning), (.unhealthy, .informational, .warning),
            (.degraded, .critical, .warning), (.degraded, .optional, .warning), (.degraded, .informational, .warning),
            (.unknown, .critical, .warning), (.unknown, .optional, .warning), (.unknown, .informational, .warning),
            (.healthy, .critical, .notice), (.healthy, .optional, .notice), (.healthy, .informational, .notice),
        ] as [(HealthStatus, Impact, Logger.Level)]
    )
    func aChangeHasTheLevelOfItsImpact(status: HealthStatus, impact: Impact, level: Logger.Level) {
        func of(isFirst: Bool, isSuppressed: Bool) -> Logger.Level {
            Logger.Level(changeTo: status, impact: impact, isFirst: isFirst, isSuppressed: isSuppressed)
        }
        #expect(of(isFirst: false, isSuppressed: false) == level)
        #expect(of(isFirst: true, isSuppressed: false) == (status == .healthy ? .debug : level))
        #expect(of(isFirst: false, isSuppressed: true) == .notice)
        #expect(of(isFirst: true, isSuppressed: true) == (status == .healthy ? .debug : .notice))
    }

    /// The keys and values of an entry as text.
    private static func text(_ entry: LogEntry) -> [String: String] {
        entry.metadata.mapValues { "\($0)" }.merging(["level": "\(entry.level)", "message": "\(entry.message)"]) { $1 }
    }

    private static let drill = Drill(
        status: .degraded,
        affectsReadiness: false,
        reason: "why",
        by: "ada",
        start: .newYear2026,
        end: .newYear2026.advanced(by: .seconds(60)),
        until: .seconds(60)
    )

    @Test(
        arguments: [
            (
                .suppressionStarted(component: "db", .dependency, by: ["network", "dns"]),
                [
                    "level": "notice", "message": "Alerts about a component are suppressed.",
                    "event": "suppression.started", "component": "db", "reason": "dependency",
                    "suppressed_by": "network,dns",
                ]
            ),
            (
                .suppressionStarted(component: "db", .maintenance, by: []),
                [
                    "level": "notice", "message": "Alerts about a component are suppressed.",
                    "event": "suppression.started", "component": "db", "reason": "maintenance",
                ]
            ),
            (
                .suppressionEnded(component: "db", .maintenance),
                [
                    "level": "notice", "message": "Alerts about a component are no longer suppressed.",
                    "event": "suppression.ended", "component": "db", "reason": "maintenance",
                ]
            ),
            (
                .drillStarted(component: "db", drill),
                [
                    "level": "notice", "message": "A drill has started.", "event": "drill.started", "component": "db",
                    "status": "degraded", "until": "2026-01-01T00:01:00.000Z", "readiness": "false", "by": "ada",
                    "explanation": "why", "drill": "true",
                ]
            ),
            (
                .drillEnded(component: "db", drill),
                [
                    "level": "notice", "message": "A drill has ended.", "event": "drill.ended", "component": "db",
                    "status": "degraded", "until": "2026-01-01T00:01:00.000Z", "readiness": "false", "by": "ada",
                    "explanation": "why", "drill": "true",
                ]
            ),
            (.started, ["level": "info", "message": "Start-up is complete.", "event": "exporter.ready"]),
            (
                .readinessChanged(from: .ready, to: .notReady(.shuttingDown), isDrill: false),
                [
                    "level": "warning", "message": "A probe fails.", "event": "probe.changed", "probe": "readiness",
                    "status": "not_ready", "reason": "shutting_down",
                ]
            ),
            (
                .readinessChanged(from: .degraded, to: .notReady(.unhealthy), isDrill: true),
                [
                    "level": "warning", "message": "A probe fails.", "event": "probe.changed", "probe": "readiness",
                    "status": "not_ready", "reason": "unhealthy", "drill": "true",
                ]
            ),
            (
                .readinessChanged(from: .notReady(.starting), to: .degraded, isDrill: false),
                [
                    "level": "notice", "message": "A probe passes.", "event": "probe.changed", "probe": "readiness",
                    "status": "degraded",
                ]
            ),
        ] as [(StatusEvent, [String: String])]
    )
    func anEventHasItsSentenceAndKeys(event: StatusEvent, expected: [String: String]) throws {
        #expect(Self.text(try #require(LogEntry(event))) == expected)
    }

    @Test(
        arguments: [
            (.ready, .degraded), (.degraded, .ready), (.notReady(.starting), .notReady(.unhealthy)),
            (.notReady(.unhealthy), .notReady(.shuttingDown)),
        ] as [(Readiness, Readiness)]
    )
    func aProbeThatAnswersWithTheSameCodeHasNoLine(from: Readiness, to: Readiness) {
        #expect(LogEntry(.readinessChanged(from: from, to: to, isDrill: false)) == nil)
    }

    @Test func aDrillWithoutReasonAndNameHasNoSuchKeys() throws {
        let drill = Drill(
            status: .unhealthy,
            affectsReadiness: true,
            reason: "",
            by: "",
            start: .newYear2026,
            end: .newYear2026,
            until: .zero
        )
        let entry = try #require(LogEntry(.drillStarted(component: "db", drill)))
        #expect(entry.metadata["by"] == nil && entry.metadata["explanation"] == nil)
        #expect(Self.text(entry)["readiness"] == "true")
    }

    @Test(
        arguments: [
            (.open, false, "circuit.opened", .warning), (.open, true, "circuit.opened", .notice),
            (.halfOpen, false, "circuit.half_open", .debug), (.halfOpen, true, "circuit.half_open", .debug),
            (.closed, false, "circuit.closed", .notice), (.closed, true, "circuit.closed", .notice),
        ] as [(CircuitState, Bool, String, Logger.Level)]
    )
    func aCircuitHasALineForEachState(state: CircuitState, isSuppressed: Bool, event: String, level: Logger.Level) {
        let entry = LogEntry(circuitOf: .make("db/a"), state, isSuppressed: isSuppressed)
        #expect(entry.level == level)
        #expect(
            entry.metadata.mapValues { "\($0)" } == [
                "event": event, "component": "db", "check": "a", "kind": "scripted",
            ]
        )
    }

    @Test(
        arguments: [
            (.success, nil), (.degraded, "it said so"), (.failure, "it said so"), (.timeout, "it said so"),
            (.internal, "it said so"),
        ] as [(ResultKind, String?)]
    )
    func aRunHasItsMessageUnlessItIsASuccess(kind: ResultKind, error: String?) {
        var result = RunResult.make(kind, duration: .milliseconds(1500))
        result.message = "it said so"
        let state = CheckState(thresholds: Thresholds(), maximumAge: .seconds(60))
        let metadata = Self.text(LogEntry(run: result, of: .make("db/a"), state: state))
        #expect(metadata["error"] == error && metadata["result"] == kind.rawValue)
        #expect(metadata["reason"] == result.reason?.rawValue && metadata["duration_seconds"] == "1.5")
        #expect(metadata["trace_id"] == TraceID(high: 1, low: 2).description && metadata["level"] == "debug")
        #expect(metadata["event"] == "check.run" && metadata["consecutive_failures"] == "0")
    }

    @Test func aRunThatReturnedHasTheTimeFromItsBeginning() {
        let text = Self.text(LogEntry(returnOf: .make("db/a"), late: .milliseconds(500)))
        #expect(text["event"] == "check.overrun" && text["duration_seconds"] == "2.5" && text["level"] == "debug")
    }
}

/// When a line about something that lasts is due.
struct RemindersTests {
    private static let first = CheckHandle(number: 0)
    private static let second = CheckHandle(number: 1)

    private static func isDue(_ reminders: inout Reminders, _ check: CheckHandle, at moment: Moment) -> Bool {
        reminders.isDue(check, at: moment)
    }

    /// Minutes of an hour in which a line is due while the condition holds from minute 0 on.
    private static func minutes(_ reminders: inout Reminders) -> [Int] {
        (0..<60).filter { reminders.isDue(first, at: .seconds(Double($0) * 60)) }
    }

    @Test(arguments: [(true, [0, 10, 20, 30, 40, 50]), (false, [10, 20, 30, 40, 50])])
    func aLineIsDueEveryTenMinutes(announcesBeginning: Bool, minutes: [Int]) {
        var reminders = Reminders(announcesBeginning: announcesBeginning)
        #expect(Self.minutes(&reminders) == minutes)
    }

    @Test(arguments: [(599.999, false), (600, true)])
    func tenMinutesMustHavePassed(seconds: Double, isDue: Bool) {
        var reminders = Reminders(announcesBeginning: false)
        _ = reminders.isDue(Self.first, at: .zero)
        #expect(Self.isDue(&reminders, Self.first, at: .seconds(seconds)) == isDue)
    }

    @Test func aConditionThatEndedBeginsAnew() {
        var reminders = Reminders(announcesBeginning: false)
        _ = reminders.isDue(Self.first, at: .zero)
        reminders.end(Self.first)
        #expect(!Self.isDue(&reminders, Self.first, at: .seconds(900)))
        #expect(!Self.isDue(&reminders, Self.first, at: .seconds(1200)))
        #expect(Self.isDue(&reminders, Self.first, at: .seconds(1500)))
    }

    @Test func checksAreRemindedOfOneByOne() {
        var reminders = Reminders(announcesBeginning: false)
        _ = reminders.isDue(Self.first, at: .zero)
        _ = reminders.isDue(Self.second, at: .seconds(300))
        #expect(Self.isDue(&reminders, Self.first, at: .seconds(600)))
        #expect(!Self.isDue(&reminders, Self.second, at: .seconds(600)))
        #expect(Self.isDue(&reminders, Self.second, at: .seconds(900)))
    }

    @Test func aCheckThatIsNoLongerRegisteredIsForgotten() {
        var reminders = Reminders(announcesBeginning: true)
        for handle in [Self.first, Self.second] { _ = reminders.isDue(handle, at: .zero) }
        reminders.keep(only: [Self.second])
        #expect(Self.isDue(&reminders, Self.first, at: .seconds(1)))
        #expect(!Self.isDue(&reminders, Self.second, at: .seconds(1)))
    }
}
