import HealthCore
import HealthTesting
import Testing

/// How runs are classified: a timeout of 2 s, degraded above 500 ms.
@Suite struct RunEvaluatorTests {
    private static let start = Moment.seconds(100)

    private func evaluate(
        _ observation: RunEvaluator.Observation,
        timeout: Duration = .seconds(2),
        phase: RunPhase? = nil,
        peer: String? = nil,
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
        phases.setPeer(peer)
        time.advance(by: .milliseconds(30))
        let evaluator = RunEvaluator(run: registration, traceID: TraceID(high: 1, low: 2), start: Self.start)
        switch evaluator.evaluate(observation, phases: phases, timestamp: .newYear2026) {
        case .result(let result): return result
        case .pending: preconditionFailure("nothing here has nothing to report")
        }
    }

    private func answered(_ report: CheckReport, after duration: Duration) -> RunEvaluator.Observation {
        .answered(.success(report), at: Self.start.advanced(by: duration))
    }

    private func thrown(_ error: any Error, after duration: Duration) -> RunEvaluator.Observation {
        .answered(.failure(error), at: Self.start.advanced(by: duration))
    }

    private func deadline(late: Duration = .zero, timeout: Duration = .seconds(2)) -> RunEvaluator.Observation {
        .deadline(at: Self.start.advanced(by: timeout + late))
    }

    @Test(
        arguments: [
            (CheckReport.Verdict.success, ResultKind.success, nil),
            (.degraded(.threshold), .degraded, .threshold),
            (.failure(.unexpectedStatus), .failure, .unexpectedStatus),
            (.failure(.internal), .internal, .internal),
        ] as [(CheckReport.Verdict, ResultKind, FailureReason?)]
    )
    func aReportIsTakenAtItsWord(verdict: CheckReport.Verdict, kind: ResultKind, reason: FailureReason?) {
        let result = evaluate(answered(CheckReport(verdict, "word"), after: .milliseconds(10)))
        #expect(result.kind == kind)
        #expect(result.reason == reason)
        #expect(result.message == "word")
        #expect(result.duration == .milliseconds(10))
        #expect(result.moment == Self.start.advanced(by: .milliseconds(10)))
        #expect(result.timestamp == .newYear2026)
        #expect(result.traceID == TraceID(high: 1, low: 2))
    }

    @Test(arguments: [
        (Duration.milliseconds(499), ResultKind.success),
        (.milliseconds(500), .success),
        (.milliseconds(500) + .nanoseconds(1), .degraded),
    ])
    func aSuccessIsDegradedOnlyWhenSlowerThanTheLimit(latency: Duration, kind: ResultKind) {
        let result = evaluate(answered(CheckReport(.success), after: latency))
        #expect(result.kind == kind)
        #expect(result.reason == (kind == .success ? nil : .tooSlow))
    }

    @Test func aSlowReportThatIsNoSuccessKeepsItsOwnReason() {
        #expect(evaluate(answered(CheckReport(.degraded(.threshold)), after: .seconds(1))).reason == .threshold)
        #expect(evaluate(answered(CheckReport(.failure(.assertion)), after: .seconds(1))).reason == .assertion)
    }

    @Test func measurementsAndDetailsComeAlong() {
        let value = MeasuredValue(Measurement(name: "health_x_bytes", help: "X."), 7)
        let report = CheckReport(.success, measured: [value], details: [.init("host", "a")])
        let result = evaluate(answered(report, after: .zero))
        #expect(result.measured == [value])
        #expect(result.details == [.init("host", "a")])
        #expect(evaluate(thrown(CheckFailure(.threshold, "", measured: [value]), after: .zero)).measured == [value])
    }

    @Test(arguments: [
        (CheckFailure(.connectRefused, "no") as any Error, ResultKind.failure, FailureReason.connectRefused),
        (CheckFailure(.internal, "no"), .internal, .internal),
        (ScriptedError(), .failure, .error),
        (CancellationError(), .failure, .error),
    ])
    func whatIsThrownIsAFailure(error: any Error, kind: ResultKind, reason: FailureReason) {
        let result = evaluate(thrown(error, after: .milliseconds(10)))
        #expect(result.kind == kind)
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
        let result = evaluate(deadline(), phase: phase, connects: true)
        #expect(result.kind == .timeout)
        #expect(result.reason == reason)
        #expect(result.duration == .seconds(2))
        #expect(phase.map { result.phases?[$0] == .milliseconds(30) } ?? true)
    }

    @Test(arguments: [(nil, "no answer within 2.0 s"), ("the proxy", "no answer from the proxy within 2.0 s")])
    func aTimeoutNamesWhomTheRunWaitedFor(peer: String?, message: String) {
        #expect(evaluate(deadline(), phase: .connect, peer: peer, connects: true).message == message)
    }

    @Test func anotherTryWaitsForTheTargetFirst() {
        let phases = PhaseTimer(time: ManualTime())
        #expect(phases.setPeer("the token endpoint") == nil && phases.setPeer("the proxy") == "the token endpoint")
        phases.restart()
        #expect(phases.peer == nil)
    }

    @Test func onlyAnAnswerBeforeTheDeadlineCounts() {
        let success = CheckReport(.success)
        #expect(evaluate(answered(success, after: .seconds(2) - .nanoseconds(1))).kind == .degraded)
        #expect(evaluate(answered(success, after: .seconds(2))).kind == .timeout)
        #expect(evaluate(answered(success, after: .milliseconds(2400))).duration == .seconds(2))
        #expect(evaluate(thrown(ScriptedError(), after: .seconds(2))).kind == .timeout)
    }

    @Test(arguments: [
        (Duration.seconds(2), Duration.milliseconds(500), ResultKind.timeout),
        (.seconds(2), .milliseconds(500) + .nanoseconds(1), .internal),
        (.milliseconds(40), .milliseconds(20), .timeout),
        (.milliseconds(40), .milliseconds(21), .internal),
    ])
    func aDeadlineNoticedMuchTooLateIsOurOwnTrouble(timeout: Duration, late: Duration, kind: ResultKind) {
        let result = evaluate(deadline(late: late, timeout: timeout), timeout: timeout)
        #expect(result.kind == kind)
        #expect(result.duration == (kind == .timeout ? timeout : timeout + late))
        #expect(result.reason == (kind == .timeout ? .timeout : .internal))
    }

    @Test func anAbortedRunIsOurOwnTrouble() {
        let result = evaluate(.aborted(at: Self.start.advanced(by: .milliseconds(7))))
        #expect(result.kind == .internal)
        #expect(result.reason == .internal)
        #expect(result.moment == Self.start.advanced(by: .milliseconds(7)))
    }

    @Test func onlyAConnectingCheckHasPhases() {
        #expect(evaluate(answered(CheckReport(.success), after: .zero), connects: true).phases != nil)
        #expect(evaluate(answered(CheckReport(.success), after: .zero), connects: false).phases == nil)
    }

    @Test func longMessagesAreCutAtOneKibibyte() {
        let long = String(repeating: "x", count: 3000)
        #expect(evaluate(answered(CheckReport(.success, long), after: .zero)).message.utf8.count == 1024)
        #expect(evaluate(thrown(CheckFailure(.error, long), after: .zero)).message.utf8.count == 1024)
    }
}
