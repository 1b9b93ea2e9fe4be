/// Runs a check once: publishes at the deadline at the latest, and returns when the check has returned.
package struct CheckRunner<C: Clock>: Sendable where C.Duration == Duration {
    fileprivate enum Event: Sendable {
        case answered(Result<CheckReport, any Error>, at: Moment)
        case deadline(at: Moment)
        case aborted(at: Moment)
    }

    /// One run and where its result goes.
    package struct Run: Sendable {
        package let registration: Registration
        package let traceID: TraceID
        /// Called once, at the answer or the deadline, whichever is first.
        package let publish: @Sendable (RunResult) -> Void
        /// Called instead when the check has nothing to report yet.
        package let pending: @Sendable (PendingReport) -> Void

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

    package init(timeline: Timeline<C>) {
        self.timeline = timeline
    }

    /// Runs the check; cancellation of the task aborts the run, which is then published as `internal`.
    package func callAsFunction(_ run: Run) async {
        let start = timeline.moment
        let timeout = run.registration.schedule.timeout
        let phases = PhaseTimer(time: timeline)
        let context = RunContext(traceID: run.traceID, timeout: timeout, phases: phases)
        let judge = RunJudge(run: run.registration, traceID: run.traceID, start: start)

        await withTaskGroup(of: Event.self) { group in
            group.addTask {
                let answer = await tries(run, context, until: start.advanced(by: timeout))
                return .answered(answer, at: timeline.moment)
            }
            group.addTask { [timeline] in
                do {
                    try await timeline.sleep(until: start.advanced(by: timeout))
                    return .deadline(at: timeline.moment)
                } catch {
                    return .aborted(at: timeline.moment)
                }
            }
            if let first = await group.next() {
                switch judge.ruling(on: first.observation, phases: phases, timestamp: timeline.timestamp) {
                case .result(let result): run.publish(result)
                case .pending(let report): run.pending(report)
                }
            }
            group.cancelAll()
            await group.waitForAll()
        }
    }

    /// What the last try came to.
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

extension CheckRunner.Event {
    fileprivate var observation: RunJudge.Observation {
        switch self {
        case .answered(let answer, let moment): Task.isCancelled ? .aborted(at: moment) : .answered(answer, at: moment)
        case .deadline(let moment): .deadline(at: moment)
        case .aborted(let moment): .aborted(at: moment)
        }
    }
}
