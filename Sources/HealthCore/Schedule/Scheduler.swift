import Synchronization

/// Runs every registered check on its schedule: a thin shell that sleeps and starts what the ``Agenda`` decides.
package final class Scheduler<C: Clock>: Sendable where C.Duration == Duration {
    private struct State {
        var agenda: Agenda
        var registrations: [CheckHandle: Registration] = [:]
        var breakers: [CheckHandle: CircuitBreaker] = [:]
        var lastTurn: Moment?
        var isAborting = false
        var isFinished = false
    }

    /// The loop turns once a second; when it did not for so long, the process stood still.
    private static var longestTurn: Duration { .seconds(3) }

    private let state: Mutex<State>
    private let configuration: Configuration
    private let timeline: Timeline<C>
    private let runner: CheckRunner<C>
    private let alarm: Alarm<C>
    private let deadlines: RunDeadlines
    private let sink: any ResultSink
    /// Advances on every turn of the loop, at least once a second.
    package let progress = ProgressCounter(name: "scheduler")

    /// A scheduler without checks; everything that happens goes to `sink`.
    package init(configuration: Configuration, timeline: Timeline<C>, sink: any ResultSink) {
        self.configuration = configuration
        self.timeline = timeline
        self.sink = sink
        let alarm = Alarm(timeline: timeline)
        deadlines = RunDeadlines { alarm.ring(before: $0) }
        runner = CheckRunner(timeline: timeline, deadlines: deadlines)
        self.alarm = alarm
        state = Mutex(State(agenda: Agenda(limits: configuration.limits)))
    }

    /// Replaces the registry: adds checks that are new in it, drops those that are gone, leaves the rest as they are.
    ///
    /// - Parameter due: when new checks first run that an earlier process has run; the others run soon.
    package func apply(_ registry: CheckRegistry, due: [CheckID: Moment] = [:]) {
        let now = timeline.moment
        let checks = registry.checks
        state.withLock { state in
            let wanted = Set(checks.map(\.handle))
            for gone in state.registrations.keys.filter({ !wanted.contains($0) }).sorted() {
                state.registrations[gone] = nil
                state.breakers[gone] = nil
                state.agenda.remove(gone)
            }
            for (handle, registration, _) in checks where state.registrations[handle] == nil {
                state.registrations[handle] = registration
                state.breakers[handle] = registration.breaker.map {
                    CircuitBreaker($0, successThreshold: registration.thresholds.success)
                }
                let grid = SlotGrid(
                    instance: configuration.instance,
                    id: registration.id,
                    interval: registration.schedule.interval
                )
                let soon = now.advanced(by: grid.firstDelay(amongChecks: checks.count))
                let first = due[registration.id] ?? soon
                state.agenda.add(handle, grid: grid, timeout: registration.schedule.timeout, first: first)
            }
        }
        alarm.ring()
    }

    /// Runs until ``finish()`` or cancellation, and then until every run has returned.
    package func run() async {
        await withDiscardingTaskGroup { runs in
            while !Task.isCancelled {
                progress.advance()
                let now = timeline.moment
                let (decisions, isAborting, isFinished) = state.withLock { state in
                    let gap = state.lastTurn.map { $0.duration(to: now) } ?? .zero
                    state.lastTurn = now
                    if gap > Self.longestTurn { state.agenda.resume(at: now) }
                    return (state.agenda.advance(to: now), state.isAborting, state.isFinished)
                }
                if isAborting { runs.cancelAll() }
                if isFinished { return }
                for decision in decisions {
                    switch decision {
                    case .start(let handle, let slot):
                        let own = state.withLock { $0.registrations[handle]?.executor }?()
                        // Not with a preference of nil, which takes that of this task away in optimized code.
                        if let executor = own ?? configuration.executor {
                            runs.addTask(executorPreference: executor) { await self.execute(handle, slot: slot) }
                        } else {
                            runs.addTask { await self.execute(handle, slot: slot) }
                        }
                    case .skip(let handle, _, let reason, let overdue):
                        skip(handle, reason, overdue: overdue, now: now)
                    }
                }
                await alarm.sleep(until: nextTurn(after: now))
            }
        }
    }

    private func nextTurn(after now: Moment) -> Moment {
        let expiry = sink.expire(at: now)?.advanced(by: .nanoseconds(1))
        let slot = state.withLock { $0.agenda.earliest }?.advanced(by: configuration.tick)
        let deadline = deadlines.expire(at: now)
        let progressDue = now.advanced(by: .seconds(1))
        return [expiry, slot, deadline].compactMap(\.self).reduce(progressDue) { min($0, $1) }
    }

    private func skip(_ handle: CheckHandle, _ reason: SkipReason, overdue: Bool, now: Moment) {
        let disagrees = sink.skipped(handle, reason, overdue: overdue, at: now)
        if overdue { published(handle, at: now, disagrees: disagrees) }
    }

    private func execute(_ handle: CheckHandle, slot: Moment) async {
        guard let registration = state.withLock({ $0.registrations[handle] }) else {
            release(handle)
            return
        }
        let start = timeline.moment
        let timeout = registration.schedule.timeout
        let traceID = configuration.makeTraceID()
        sink.started(handle, delay: slot.duration(to: start))
        updateBreaker(handle) { $0.beginTrial() }
        await runner(
            .init(registration: registration, traceID: traceID) { [self] result in
                let disagrees = sink.publish(result, of: handle)
                let jitter = traceID.share(0) * 2 - 1
                updateBreaker(handle) { $0.record(result.kind, at: result.moment, jitter: jitter) }
                if result.moment >= start.advanced(by: timeout) { state.withLock { $0.agenda.overdue(handle) } }
                published(handle, at: result.moment, disagrees: disagrees)
            } pending: { [self] report in
                sink.pending(report, of: handle)
                published(handle, at: report.moment, disagrees: false)
            }
        )
        let late = start.advanced(by: timeout).duration(to: timeline.moment)
        if late > .zero { sink.returned(handle, late: late) }
        release(handle)
    }

    private func updateBreaker(_ handle: CheckHandle, _ body: (inout CircuitBreaker) -> Void) {
        let change = state.withLock { state -> CircuitState? in
            guard var breaker = state.breakers[handle] else { return nil }
            let before = breaker.state
            body(&breaker)
            state.breakers[handle] = breaker
            return breaker.state == before ? nil : breaker.state
        }
        if let change { sink.circuitChanged(handle, to: change) }
    }

    private func published(_ handle: CheckHandle, at now: Moment, disagrees: Bool) {
        let (due, mustAdvance) = state.withLock { state -> (Moment?, Bool) in
            // Removed meanwhile, it has no slot any more; its place may be free all the same.
            if let schedule = state.registrations[handle]?.schedule {
                let circuit = state.breakers[handle]
                let mustConfirm = disagrees || circuit?.state == .halfOpen
                state.agenda.published(
                    handle,
                    at: now,
                    confirmIn: mustConfirm ? schedule.confirmInterval : nil,
                    trialAt: circuit?.trialAt
                )
            }
            return (state.agenda.nextDue(handle), state.agenda.canStartWaiting)
        }
        if mustAdvance { alarm.ring() } else if let due { alarm.ring(before: due) }
    }

    private func release(_ handle: CheckHandle) {
        let mustAdvance = state.withLock { state in
            state.agenda.finished(handle)
            return state.agenda.canStartWaiting
        }
        if mustAdvance { alarm.ring() }
    }
}

extension Scheduler {
    /// The runs that go on now.
    package var activity: ScheduleActivity {
        state.withLock { ScheduleActivity(runsInFlight: $0.agenda.runsInFlight, runsOverdue: $0.agenda.runsOverdue) }
    }

    /// When each check is next due.
    package func nextDue(_ handles: [CheckHandle]) -> [Moment?] {
        state.withLock { state in handles.map { state.agenda.nextDue($0) } }
    }

    /// Runs checks now; returns how many of them begin, and do not run already.
    package func runNow(_ handles: [CheckHandle]) -> Int {
        let now = timeline.moment
        let count = state.withLock { state in handles.count { state.agenda.runNow($0, at: now) } }
        if count > 0 { alarm.ring() }
        return count
    }

    /// No run starts from now on; those in flight go on.
    package func stopStarting() {
        state.withLock { $0.agenda.stop() }
        alarm.ring()
    }

    /// Cancels the runs in flight.
    package func abortRuns() {
        state.withLock { $0.isAborting = true }
        alarm.ring()
    }

    /// Lets ``run()`` return once every run has.
    package func finish() {
        state.withLock {
            $0.agenda.stop()
            $0.isFinished = true
        }
        alarm.ring()
    }

    /// Waits until no run is within its deadline or `limit` is reached; runs that are overdue are not waited for.
    package func waitUntilIdle(until limit: Moment, countingOverdue: Bool = false) async {
        while timeline.moment < limit {
            let activity = activity
            if (countingOverdue ? activity.runs : activity.runsInFlight) == 0 { return }
            let step = min(limit, timeline.moment.advanced(by: .milliseconds(10)))
            do { try await timeline.sleep(until: step) } catch { return }
        }
    }
}
