import HealthCore
import HealthTesting
import Testing

/// How runs are classified: a timeout of 2 s, degraded above 500 ms.
@Suite struct RunJudgeTests {
    private static let start = Moment.seconds(100)

    private func judge(
        _ observation: RunJudge.Observation,
        timeout: Duration = .seconds(2),
        phase: RunPhase? = nil,
        connects: Bool = false
    ) -> RunResult {
        let registration = Registration.make(
            check: ScriptedCheck(connects: connects),
            schedule: Schedule(interval: .seconds(10), timeout: timeout),
            degradedAbove: .milliseconds(500)
        )
        let time = ManualTime(moment: Self.start)
        let phases = PhaseTimer(time: time)
        if let phase { phases.enter(phase) }
        time.advance(by: .milliseconds(30))
        let judge = RunJudge(run: registration, traceID: TraceID(high: 1, low: 2), start: Self.start)
        switch judge.ruling(on: observation, phases: phases, timestamp: .newYear2026) {
        case .result(let result): return result
        case .pending: preconditionFailure("nothing here has nothing to report")
        }
    }

    private func answered(_ report: CheckReport, after duration: Duration) -> RunJudge.Observation {
        .answered(.success(report), at: Self.start.advanced(by: duration))
    }

    private func thrown(_ error: any Error, after duration: Duration) -> RunJudge.Observation {
        .answered(.failure(error), at: Self.start.advanced(by: duration))
    }

    private func deadline(late: Duration = .zero, timeout: Duration = .seconds(2)) -> RunJudge.Observation {
        .deadline(at: Self.start.advanced(by: timeout + late))
    }

    @Test(
        arguments: [
            (CheckReport.Verdict.success, RunOutcome.success, nil),
            (.degraded(.threshold), .degraded, .threshold),
            (.failure(.unexpectedStatus), .failure, .unexpectedStatus),
            (.failure(.internal), .internal, .internal),
        ] as [(CheckReport.Verdict, RunOutcome, FailureReason?)]
    )
    func aReportIsTakenAtItsWord(verdict: CheckReport.Verdict, outcome: RunOutcome, reason: FailureReason?) {
        let result = judge(answered(CheckReport(verdict, "word"), after: .milliseconds(10)))
        #expect(result.outcome == outcome)
        #expect(result.reason == reason)
        #expect(result.message == "word")
        #expect(result.duration == .milliseconds(10))
        #expect(result.moment == Self.start.advanced(by: .milliseconds(10)))
        #expect(result.timestamp == .newYear2026)
        #expect(result.traceID == TraceID(high: 1, low: 2))
    }

    @Test(arguments: [
        (Duration.milliseconds(499), RunOutcome.success),
        (.milliseconds(500), .success),
        (.milliseconds(500) + .nanoseconds(1), .degraded),
    ])
    func aSuccessIsDegradedOnlyWhenSlowerThanTheLimit(latency: Duration, outcome: RunOutcome) {
        let result = judge(answered(CheckReport(.success), after: latency))
        #expect(result.outcome == outcome)
        #expect(result.reason == (outcome == .success ? nil : .tooSlow))
    }

    @Test func aSlowReportThatIsNoSuccessKeepsItsOwnReason() {
        #expect(judge(answered(CheckReport(.degraded(.threshold)), after: .seconds(1))).reason == .threshold)
        #expect(judge(answered(CheckReport(.failure(.assertion)), after: .seconds(1))).reason == .assertion)
    }

    @Test func measurementsAndDetailsComeAlong() {
        let value = MeasuredValue(Measurement(name: "health_x_bytes", help: "X."), 7)
        let report = CheckReport(.success, measured: [value], details: [.init("host", "a")])
        let result = judge(answered(report, after: .zero))
        #expect(result.measured == [value])
        #expect(result.details == [.init("host", "a")])
        #expect(judge(thrown(CheckFailure(.threshold, "", measured: [value]), after: .zero)).measured == [value])
    }

    @Test(arguments: [
        (CheckFailure(.connectRefused, "no") as any Error, RunOutcome.failure, FailureReason.connectRefused),
        (CheckFailure(.internal, "no"), .internal, .internal),
        (ScriptedError(), .failure, .error),
        (CancellationError(), .failure, .error),
    ])
    func whatIsThrownIsAFailure(error: any Error, outcome: RunOutcome, reason: FailureReason) {
        let result = judge(thrown(error, after: .milliseconds(10)))
        #expect(result.outcome == outcome)
        #expect(result.reason == reason)
        #expect(!result.message.isEmpty)
        #expect(result.duration == .milliseconds(10))
    }

    @Test(
        arguments: [
            (nil, FailureReason.timeout), (.resolve, .dnsTimeout), (.connect, .connectTimeout), (.tls, .timeout),
            (.request, .timeout), (.processing, .timeout), (.transfer, .timeout),
        ] as [(RunPhase?, FailureReason)]
    )
    func theReasonOfATimeoutIsThePhaseItCameIn(phase: RunPhase?, reason: FailureReason) {
        let result = judge(deadline(), phase: phase, connects: true)
        #expect(result.outcome == .timeout)
        #expect(result.reason == reason)
        #expect(result.duration == .seconds(2))
        #expect(phase.map { result.phases?[$0] == .milliseconds(30) } ?? true)
    }

    @Test func onlyAnAnswerBeforeTheDeadlineCounts() {
        let success = CheckReport(.success)
        #expect(judge(answered(success, after: .seconds(2) - .nanoseconds(1))).outcome == .degraded)
        #expect(judge(answered(success, after: .seconds(2))).outcome == .timeout)
        #expect(judge(answered(success, after: .milliseconds(2400))).duration == .seconds(2))
        #expect(judge(thrown(ScriptedError(), after: .seconds(2))).outcome == .timeout)
    }

    @Test(arguments: [
        (Duration.seconds(2), Duration.milliseconds(500), RunOutcome.timeout),
        (.seconds(2), .milliseconds(500) + .nanoseconds(1), .internal),
        (.milliseconds(40), .milliseconds(20), .timeout),
        (.milliseconds(40), .milliseconds(21), .internal),
    ])
    func aDeadlineNoticedMuchTooLateIsOurOwnTrouble(timeout: Duration, late: Duration, outcome: RunOutcome) {
        let result = judge(deadline(late: late, timeout: timeout), timeout: timeout)
        #expect(result.outcome == outcome)
        #expect(result.duration == (outcome == .timeout ? timeout : timeout + late))
        #expect(result.reason == (outcome == .timeout ? .timeout : .internal))
    }

    @Test func anAbortedRunIsOurOwnTrouble() {
        let result = judge(.aborted(at: Self.start.advanced(by: .milliseconds(7))))
        #expect(result.outcome == .internal)
        #expect(result.reason == .internal)
        #expect(result.moment == Self.start.advanced(by: .milliseconds(7)))
    }

    @Test func onlyAConnectingCheckHasPhases() {
        #expect(judge(answered(CheckReport(.success), after: .zero), connects: true).phases != nil)
        #expect(judge(answered(CheckReport(.success), after: .zero), connects: false).phases == nil)
    }

    @Test func longMessagesAreCutAtOneKibibyte() {
        let long = String(repeating: "x", count: 3000)
        #expect(judge(answered(CheckReport(.success, long), after: .zero)).message.utf8.count == 1024)
        #expect(judge(thrown(CheckFailure(.error, long), after: .zero)).message.utf8.count == 1024)
    }
}
