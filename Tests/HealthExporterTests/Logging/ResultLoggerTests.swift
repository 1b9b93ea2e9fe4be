import HealthCore
import HealthTesting
import Logging
import Testing

@testable import HealthExporter

/// Levels and rates of lines, as the contract has them.
struct ResultLoggerTests {
    private static func levels(
        impact: Impact,
        thresholds: Thresholds,
        _ kinds: [ResultKind]
    ) throws -> [Logger.Level] {
        let (recorder, time) = (LogRecorder(), ManualTime())
        let logger = ResultLogger(logger: recorder.logger())
        let store = StatusStore(time: time, report: logger.log)
        let registry = try CheckRegistry.make(.make(impact: impact, checks: [.make(thresholds: thresholds)]))
        store.apply(registry)
        for kind in kinds {
            time.advance(by: .seconds(1))
            _ = store.publish(.make(kind, at: time.moment), of: registry.checks[0].handle)
        }
        return recorder.lines.filter { $0.event == "check.status_changed" }.map(\.level)
    }

    @Test(
        arguments: [
            (.critical, [.success, .failure, .success], [.debug, .error, .notice]),
            (.optional, [.success, .timeout, .success], [.debug, .warning, .notice]),
            (.critical, [.degraded, .success], [.warning, .notice]),
            (.critical, [.failure, .degraded], [.error, .warning]),
            (.critical, [.success, .success, .internal], [.debug]),
        ] as [(Impact, [ResultKind], [Logger.Level])]
    )
    func aChangeHasItsLevel(impact: Impact, kinds: [ResultKind], levels: [Logger.Level]) throws {
        #expect(try Self.levels(impact: impact, thresholds: Thresholds(failure: 1, success: 1), kinds) == levels)
    }

    @Test(arguments: [true, false])
    func aProbeThatFailsByADrillIsMarked(affectsReadiness: Bool) throws {
        let (recorder, time) = (LogRecorder(), ManualTime())
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
        let changes = recorder.lines.filter { $0.event == "probe.changed" }
        #expect(changes.map(\.isDrill) == (affectsReadiness ? [false, true, true] : [false]))
    }

    @Test func remindsEveryTenMinutesWhileACheckFails() throws {
        let recorder = LogRecorder()
        let logger = ResultLogger(logger: recorder.logger())
        let registry = try CheckRegistry.make(.make())
        let (handle, registration, _) = registry.checks[0]
        var state = CheckState(thresholds: Thresholds(), maximumAge: .seconds(60))
        for minute in 0..<35 {
            let result = RunResult.make(.failure, at: .seconds(Double(minute) * 60))
            _ = state.publish(.failure, reason: .timeout, at: result.moment, timestamp: result.timestamp)
            logger.log(result, of: handle, registration: registration, checkState: state)
        }
        let events = recorder.lines.map(\.event)
        #expect(events.count { $0 == "check.failing" } == 3)
        #expect(events.count { $0 == "check.run" } == 35)
    }

    @Test(
        arguments: [
            (.critical, [.success, .failure, .success], [.debug, .error, .notice], [.debug, .error, .notice]),
            (.optional, [.success, .timeout, .success], [.debug, .warning, .notice], [.warning, .notice]),
            (.informational, [.failure, .degraded], [.warning, .warning], []),
            (.critical, [.failure, .degraded], [.error, .warning], [.error, .warning]),
        ] as [(Impact, [ResultKind], [Logger.Level], [Logger.Level])]
    )
    func componentAndServiceFollowTheirImpact(
        impact: Impact,
        kinds: [ResultKind],
        component: [Logger.Level],
        service: [Logger.Level]
    ) throws {
        let entries = try Self.entries(impact: impact, kinds)
        #expect(entries.filter { $0.event == "component.status_changed" }.map(\.level) == component)
        #expect(
            entries.filter { $0.event == "service.status_changed" }.map(\.level).suffix(service.count) == service[...]
        )
    }

    @Test func whatIsSuppressedCallsNobody() throws {
        let recorder = LogRecorder()
        let store = StatusStore(time: ManualTime(), report: ResultLogger(logger: recorder.logger()).log)
        let check = Registration.make(thresholds: Thresholds(failure: 1, success: 1))
        var registry = try CheckRegistry.make(.make(checks: [check]))
        let start = Timestamp.newYear2026
        try registry.add(
            MaintenanceWindow(components: nil, time: .once(from: start, until: start.advanced(by: .seconds(60))))
        )
        store.apply(registry)
        for kind in [ResultKind.success, .failure, .degraded] {
            _ = store.publish(.make(kind), of: registry.checks[0].handle)
        }
        let entries = recorder.lines
        for event in ["check", "component", "service"] {
            let levels = entries.filter { $0.event == "\(event).status_changed" }.map(\.level)
            #expect(levels == [.debug, .notice, .notice])
        }
    }

    private static func entries(
        impact: Impact = .critical,
        _ kinds: [ResultKind],
        silentFor: Duration = .zero
    ) throws -> [LogRecorder.Line] {
        let (recorder, time) = (LogRecorder(), ManualTime())
        let logger = ResultLogger(logger: recorder.logger())
        let store = StatusStore(time: time, report: logger.log)
        let check = Registration.make(thresholds: Thresholds(failure: 1, success: 1))
        let registry = try CheckRegistry.make(.make(impact: impact, checks: [check]))
        store.apply(registry)
        for kind in kinds {
            time.advance(by: .seconds(1))
            var result = RunResult.make(kind, at: time.moment)
            result.message = "it was \(kind.rawValue)"
            _ = store.publish(result, of: registry.checks[0].handle)
        }
        time.advance(by: silentFor)
        _ = store.expire()
        return recorder.lines
    }

    @Test(arguments: [ResultKind.degraded, .failure, .timeout])
    func aChangeForTheWorseCarriesItsMessage(kind: ResultKind) throws {
        let lines = try Self.entries([.success, kind]).filter { $0.event == "check.status_changed" }
        #expect(lines.map(\.error) == ["", "it was \(kind.rawValue)"])
    }

    @Test(arguments: [([ResultKind.success], "stale"), ([.success, .internal], "internal")])
    func aChangeByAgeCarriesTheLastMessage(kinds: [ResultKind], reason: String) throws {
        let entries = try Self.entries(kinds, silentFor: .seconds(60))
        let line = try #require(entries.last { $0.event == "check.status_changed" })
        #expect(line.reason == reason && line.level == .warning)
        #expect(line.error == "it was \(kinds.last?.rawValue ?? "")")
    }

    /// A logger with a registered check and the lines that it makes.
    private static func logger(
        level: Logger.Level = .trace
    ) throws -> (logger: ResultLogger, recorder: LogRecorder, handle: CheckHandle, registration: Registration) {
        let recorder = LogRecorder()
        let registry = try CheckRegistry.make(.make())
        let (handle, registration, _) = registry.checks[0]
        return (ResultLogger(logger: recorder.logger(level: level)), recorder, handle, registration)
    }

    private static func state(_ kind: ResultKind) -> CheckState {
        var state = CheckState(thresholds: Thresholds(failure: 1), maximumAge: .seconds(3600))
        _ = state.publish(kind, reason: nil, at: .zero, timestamp: .newYear2026)
        return state
    }

    @Test(
        arguments: [
            (Logger.Level.trace, ["check.run", "check.overrun", "circuit.opened"]),
            (.debug, ["check.run", "check.overrun", "circuit.opened"]), (.info, ["circuit.opened"]),
            (.warning, ["circuit.opened"]), (.error, []),
        ]
    )
    func singleRunsAreLoggedAtDebugOnly(level: Logger.Level, events: [String]) throws {
        let (logger, recorder, handle, registration) = try Self.logger(level: level)
        logger.log(.make(.success), of: handle, registration: registration, checkState: Self.state(.success))
        logger.logReturn(registration, late: .seconds(1))
        logger.logCircuit(registration, .open, isSuppressed: false)
        #expect(recorder.lines.map(\.event) == events)
    }

    @Test(
        arguments: [
            // Kinds of runs, five minutes apart, and at which minutes a line says that the check still fails.
            ([.failure, .failure, .failure, .failure, .failure], [10, 20]),
            ([.failure, .success, .failure, .failure, .failure], [20]),
            ([.failure, .failure, .success, .failure, .failure], []),
            ([.success, .failure, .failure, .failure, .success], [15]),
            ([.degraded, .degraded, .degraded, .degraded, .degraded], []),
        ] as [([ResultKind], [Double])]
    )
    func aCheckThatRecoveredIsRemindedOfAnew(kinds: [ResultKind], minutes: [Double]) throws {
        let (logger, recorder, handle, registration) = try Self.logger(level: .info)
        var lines: [Double] = []
        for (index, kind) in kinds.enumerated() {
            let result = RunResult.make(kind, at: .seconds(Double(index) * 300))
            let before = recorder.lines.count
            logger.log(result, of: handle, registration: registration, checkState: Self.state(kind))
            if recorder.lines.count > before { lines.append(Double(index) * 5) }
        }
        #expect(lines == minutes)
        #expect(recorder.lines.allSatisfy { $0.event == "check.failing" && $0.level == .warning })
    }

    @Test(arguments: [(false, Logger.Level.warning), (true, .notice)])
    func remindersOfWhatIsSuppressedAreNotices(isSuppressed: Bool, level: Logger.Level) throws {
        let (logger, recorder, handle, registration) = try Self.logger(level: .info)
        for minute in [0.0, 10] {
            let result = RunResult.make(.failure, at: .seconds(minute * 60))
            logger.log(
                result,
                of: handle,
                registration: registration,
                checkState: Self.state(.failure),
                isSuppressed: isSuppressed
            )
            logger.log([
                .runOverdue(
                    .init(handle: handle, registration: registration, moment: result.moment, isSuppressed: isSuppressed)
                )
            ])
        }
        #expect(recorder.lines.map(\.event) == ["check.overrun", "check.failing", "check.overrun"])
        #expect(recorder.lines.allSatisfy { $0.level == level })
    }

    @Test func anOverrunIsLoggedAtOnceAndThenEveryTenMinutes() throws {
        let (logger, recorder, handle, registration) = try Self.logger()
        for minute in 0..<25 {
            logger.log([
                .runOverdue(
                    .init(
                        handle: handle,
                        registration: registration,
                        moment: .seconds(Double(minute) * 60),
                        isSuppressed: false
                    )
                )
            ])
        }
        #expect(recorder.lines.count == 3)
        #expect(Set(recorder.lines.map(\.message)) == ["A run does not return although its deadline has passed."])
    }

    @Test func aCheckThatAReloadRemovedIsForgotten() throws {
        let (logger, recorder, handle, registration) = try Self.logger()
        logger.log([.runOverdue(.init(handle: handle, registration: registration, moment: .zero, isSuppressed: false))])
        logger.keep(only: [handle])
        logger.log([
            .runOverdue(.init(handle: handle, registration: registration, moment: .seconds(1), isSuppressed: false))
        ])
        #expect(recorder.lines.count == 1)
        logger.keep(only: [])
        logger.log([
            .runOverdue(.init(handle: handle, registration: registration, moment: .seconds(2), isSuppressed: false))
        ])
        #expect(recorder.lines.count == 2)
    }

    @Test func aChangeNamesTheCheckTheRunAndWhatWasBefore() throws {
        let line = try #require(try Self.entries([.success, .failure]).last { $0.event == "check.status_changed" })
        #expect(line.message == "The status of a check changed.")
        let expected = [
            "event": "check.status_changed", "component": "db", "check": "primary", "kind": "scripted",
            "status": "unhealthy", "previous_status": "healthy", "result": "failure", "reason": "connect_refused",
            "duration_seconds": "0.01", "consecutive_failures": "1", "error": "it was failure",
            "trace_id": TraceID(high: 1, low: 2).description,
        ]
        #expect(line.metadata == expected)
    }

    @Test func aChangeByAgeNamesNoRun() throws {
        let line = try #require(try Self.entries([.success], silentFor: .seconds(60)).last { $0.reason == "stale" })
        #expect(line.metadata["result"] == nil && line.metadata["trace_id"] == nil)
    }
}
