/// Runs a check once: publishes at the deadline at the latest, and returns when the check has returned.
package struct CheckRunner<C: Clock>: Sendable where C.Duration == Duration {
    /// One run and where its result goes.
    package struct Run: Sendable {
        /// The check with its timeout.
        package let registration: Registration
        /// Identifies the run.
        package let traceID: TraceID
        /// Called once, at the answer or the deadline, whichever is first.
        package let publish: @Sendable (RunResult) -> Void
        /// Called instead when the check has nothing to report yet.
        package let pending: @Sendable (PendingReport) -> Void

        /// A run of a check.
        package init(
            registration: Registration,
            traceID: TraceID,
            publish: @escaping @Sendable (RunResult) -> Void,
            pending: @escaping @Sendable (PendingReport) -> Void = { _ in }
        ) {
            self.registration = registration
            self.traceID = traceID
            self.publish = publish
            self.pending = pending
        }
    }

    private let timeline: Timeline<C>
    private let deadlines: RunDeadlines?

    /// A runner whose deadlines and timestamps are those of a time line.
    ///
    /// - Parameter deadlines: where somebody watches the deadlines of all runs; nil: each run sleeps until its own.
    package init(timeline: Timeline<C>, deadlines: RunDeadlines? = nil) {
        self.timeline = timeline
        self.deadlines = deadlines
    }

    /// Runs the check; cancellation of the task aborts the run, which is then published as `internal`.
    package func callAsFunction(_ run: Run) async {
        let start = timeline.moment
        let timeout = run.registration.schedule.timeout
        let phases = PhaseTimer(time: timeline)
        let context = RunContext(traceID: run.traceID, timeout: timeout, phases: phases)
        let evaluator = RunEvaluator(run: run.registration, traceID: run.traceID, start: start)

        let (end, deadline) = (RunDeadlines.RunEnd(), start.advanced(by: timeout))
        await withDiscardingTaskGroup { group in
            group.addTask {
                let answer = await tries(run, context, until: deadline)
                end.set(.answered(answer, at: timeline.moment))
            }
            if let deadlines { deadlines.add(end, at: deadline) } else { group.addTask { await sleep(end, deadline) } }
            let first = await withTaskCancellationHandler {
                await end.value()
            } onCancel: {
                end.set(.aborted(at: timeline.moment))
            }
            let observation = Task.isCancelled ? first.cancelled : first
            switch evaluator.evaluate(observation, phases: phases, timestamp: timeline.timestamp) {
            case .result(let result): run.publish(result)
            case .pending(let report): run.pending(report)
            }
            group.cancelAll()
        }
    }

    /// Ends a run at its deadline, unless its answer comes before.
    private func sleep(_ end: RunDeadlines.RunEnd, _ deadline: Moment) async {
        do {
            try await timeline.sleep(until: deadline)
            end.set(.deadline(at: timeline.moment))
        } catch {
            // Cancelled: the run has ended.
        }
    }

    /// The answer of the last try.
    private func tries(
        _ run: Run,
        _ context: RunContext,
        until deadline: Moment
    ) async -> Result<CheckReport, any Error> {
        var context = context
        var attempt = 1
        while true {
            let answer = await once(run, context)
            guard let policy = run.registration.retries, attempt <= policy.attempts, !Task.isCancelled,
                policy.isWorthwhile(after: answer)
            else { return answer }
            let next = timeline.moment.advanced(by: policy.delay(before: attempt, share: run.traceID.share(attempt)))
            guard next < deadline else { return answer }
            do {
                try await timeline.sleep(until: next)
            } catch {
                return answer
            }
            attempt += 1
            context.phases.restart()
            let left = timeline.moment.duration(to: deadline)
            context = RunContext(traceID: run.traceID, timeout: left, phases: context.phases)
        }
    }

    private func once(_ run: Run, _ context: RunContext) async -> Result<CheckReport, any Error> {
        do {
            return .success(try await run.registration.check.run(context))
        } catch {
            return .failure(error)
        }
    }
}

extension RunEvaluator.Observation {
    /// The same of a run that was cancelled: an answer may be that of the cancellation.
    fileprivate var cancelled: RunEvaluator.Observation {
        if case .answered(_, let moment) = self { .aborted(at: moment) } else { self }
    }
}
