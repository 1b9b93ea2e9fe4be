/// Turns the end of a run into its result: the one place where runs are classified.
package struct RunEvaluator: Sendable {
    /// What happened first.
    package enum Observation: Sendable {
        /// The check returned or threw.
        case answered(Result<CheckReport, any Error>, at: Moment)
        case deadline(at: Moment)
        /// The process shuts down.
        case aborted(at: Moment)
    }

    /// What a run ends with.
    package enum Evaluation: Sendable {
        case result(RunResult)
        /// The check has nothing to report yet: the run has no result.
        case pending(PendingReport)
    }

    /// When a run ended, and the phases until then.
    private struct End {
        let moment: Moment
        let timestamp: Timestamp
        let phases: PhaseTimer
    }

    private let registration: Registration
    private let traceID: TraceID
    private let start: Moment

    /// An evaluator of one run.
    package init(run registration: Registration, traceID: TraceID, start: Moment) {
        self.registration = registration
        self.traceID = traceID
        self.start = start
    }

    private var timeout: Duration { registration.schedule.timeout }

    /// When a deadline is observed later than this, the process was starved, and the run is an internal error.
    ///
    /// A quarter of the timeout, and never less than the 20 ms that timers are late on a busy machine.
    private var toleratedLateness: Duration { max(.milliseconds(20), timeout / 4) }

    /// What a run ends with.
    package func evaluate(_ observation: Observation, phases: PhaseTimer, timestamp: Timestamp) -> Evaluation {
        switch observation {
        case .aborted(let moment):
            let end = End(moment: moment, timestamp: timestamp, phases: phases)
            return .result(result(.internal, reason: .internal, message: "aborted by shutdown", end: end))
        case .deadline(let moment):
            return .result(timedOut(at: End(moment: moment, timestamp: timestamp, phases: phases)))
        case .answered(let answer, let moment):
            let end = End(moment: moment, timestamp: timestamp, phases: phases)
            let elapsed = start.duration(to: moment)
            return elapsed >= timeout ? .result(timedOut(at: end)) : evaluate(answer, after: elapsed, end: end)
        }
    }

    private func timedOut(at end: End) -> RunResult {
        let lateness = start.duration(to: end.moment) - timeout
        if lateness > toleratedLateness {
            let message =
                "the deadline was noticed \(lateness.seconds) s late: this process was starved, give it more CPU or fewer checks"
            return result(.internal, reason: .internal, message: message, end: end)
        }
        if let shortage = end.phases.shortage {
            let message = "no thread of this process was free within \(timeout.seconds) s: \(shortage)"
            return result(.internal, reason: .internal, message: message, duration: timeout, end: end)
        }
        let reason: FailureReason =
            switch end.phases.current {
            case .resolve: .dnsTimeout
            case .connect: .connectTimeout
            default: .timeout
            }
        let peer = end.phases.peer.map { " from \($0)" } ?? ""
        let message = "no answer\(peer) within \(timeout.seconds) s"
        return result(.timeout, reason: reason, message: message, duration: timeout, end: end)
    }

    private func evaluate(
        _ answer: Result<CheckReport, any Error>,
        after elapsed: Duration,
        end: End
    ) -> Evaluation {
        switch answer {
        case .success(let report):
            guard let (kind, reason) = classify(report.verdict, after: elapsed) else {
                return .pending(.init(message: report.message, measured: report.measured, moment: end.moment))
            }
            var result = result(kind, reason: reason, message: report.message, end: end)
            result.measured = report.measured
            result.details = RunResult.cut(report.details)
            return .result(result)
        case .failure(let failure as CheckFailure):
            let kind: ResultKind = failure.reason == .internal ? .internal : .failure
            var result = result(kind, reason: failure.reason, message: failure.message, end: end)
            result.measured = failure.measured
            return .result(result)
        case .failure(let error):
            return .result(result(.failure, reason: .error, message: "\(error)", end: end))
        }
    }

    /// The result of a verdict and its reason; nil for a verdict without a result.
    private func classify(
        _ verdict: CheckReport.Verdict,
        after elapsed: Duration
    ) -> (kind: ResultKind, reason: FailureReason?)? {
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

    /// - Parameter duration: from the start to the end when nil.
    private func result(
        _ kind: ResultKind,
        reason: FailureReason?,
        message: String,
        duration: Duration? = nil,
        end: End
    ) -> RunResult {
        var result = RunResult(
            kind,
            reason: reason,
            message: message,
            duration: duration ?? start.duration(to: end.moment),
            phases: registration.check.connects ? end.phases.durations : nil,
            traceID: traceID,
            moment: end.moment,
            timestamp: end.timestamp
        )
        result.retries = end.phases.restarts
        return result
    }
}
