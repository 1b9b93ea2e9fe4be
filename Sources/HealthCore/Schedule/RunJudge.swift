/// Turns what happened to a run into its result: the one place where runs are classified.
package struct RunJudge: Sendable {
    /// What happened first.
    package enum Observation: Sendable {
        case answered(Result<CheckReport, any Error>, at: Moment)
        case deadline(at: Moment)
        case aborted(at: Moment)
    }

    /// What a run comes to.
    package enum Ruling: Sendable {
        case result(RunResult)
        /// The check has nothing to report yet: the run is none.
        case pending(PendingReport)
    }

    private let registration: Registration
    private let traceID: TraceID
    private let start: Moment

    package init(run registration: Registration, traceID: TraceID, start: Moment) {
        self.registration = registration
        self.traceID = traceID
        self.start = start
    }

    private var timeout: Duration { registration.schedule.timeout }

    /// When a deadline is noticed this late, the process was starved, and the target is not to be judged by it.
    ///
    /// A quarter of the timeout, and never less than the 20 ms that timers are late on a busy machine.
    private var toleratedLateness: Duration { max(.milliseconds(20), timeout / 4) }

    /// What a run comes to.
    package func ruling(on observation: Observation, phases: PhaseTimer, timestamp: Timestamp) -> Ruling {
        switch observation {
        case .aborted(let moment):
            let elapsed = start.duration(to: moment)
            return .result(make(.internal, .internal, "aborted by shutdown", phases, elapsed, moment, timestamp))
        case .deadline(let moment):
            return .result(late(at: moment, phases, timestamp))
        case .answered(let answer, let moment):
            let elapsed = start.duration(to: moment)
            if elapsed >= timeout { return .result(late(at: moment, phases, timestamp)) }
            return judged(answer, elapsed, phases, moment, timestamp)
        }
    }

    private func late(at moment: Moment, _ phases: PhaseTimer, _ timestamp: Timestamp) -> RunResult {
        let lateness = start.duration(to: moment) - timeout
        if lateness > toleratedLateness {
            let message =
                "the deadline was noticed \(lateness.seconds) s late: this process was starved, give it more CPU or fewer checks"
            return make(.internal, .internal, message, phases, start.duration(to: moment), moment, timestamp)
        }
        if let shortage = phases.shortage {
            let message = "no thread of this process was free within \(timeout.seconds) s: \(shortage)"
            return make(.internal, .internal, message, phases, timeout, moment, timestamp)
        }
        let reason: FailureReason =
            switch phases.current {
            case .resolve: .dnsTimeout
            case .connect: .connectTimeout
            default: .timeout
            }
        return make(.timeout, reason, "no answer within \(timeout.seconds) s", phases, timeout, moment, timestamp)
    }

    private func judged(
        _ answer: Result<CheckReport, any Error>,
        _ elapsed: Duration,
        _ phases: PhaseTimer,
        _ moment: Moment,
        _ timestamp: Timestamp
    ) -> Ruling {
        switch answer {
        case .success(let report):
            guard let (outcome, reason) = classify(report.verdict, elapsed) else {
                return .pending(.init(message: report.message, measured: report.measured, moment: moment))
            }
            var result = make(outcome, reason, report.message, phases, elapsed, moment, timestamp)
            result.measured = report.measured
            result.details = RunResult.cut(report.details)
            return .result(result)
        case .failure(let failure as CheckFailure):
            let outcome: RunOutcome = failure.reason == .internal ? .internal : .failure
            var result = make(outcome, failure.reason, failure.message, phases, elapsed, moment, timestamp)
            result.measured = failure.measured
            return .result(result)
        case .failure(let error):
            return .result(make(.failure, .error, "\(error)", phases, elapsed, moment, timestamp))
        }
    }

    /// The result of a verdict and why; nil when it is none.
    private func classify(_ verdict: CheckReport.Verdict, _ elapsed: Duration) -> (RunOutcome, FailureReason?)? {
        switch verdict {
        case .pending: return nil
        case .success:
            if let limit = registration.degradedAbove, elapsed > limit { return (.degraded, .tooSlow) }
            return (.success, nil)
        case .degraded(let reason): return (.degraded, reason)
        case .failure(.internal): return (.internal, .internal)
        case .failure(let reason): return (.failure, reason)
        }
    }

    private func make(
        _ outcome: RunOutcome,
        _ reason: FailureReason?,
        _ message: String,
        _ phases: PhaseTimer,
        _ duration: Duration,
        _ moment: Moment,
        _ timestamp: Timestamp
    ) -> RunResult {
        var result = RunResult(
            outcome,
            reason: reason,
            message: message,
            duration: duration,
            phases: registration.check.connects ? phases.durations : nil,
            traceID: traceID,
            moment: moment,
            timestamp: timestamp
        )
        result.retries = phases.restarts
        return result
    }
}
