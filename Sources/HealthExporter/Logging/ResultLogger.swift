import HealthCore
import Logging
import Synchronization

/// Makes log lines of what happens: transitions, and a reminder while something fails; single runs only at `debug`.
final class ResultLogger: Sendable {
    private struct State {
        var reminded: [CheckHandle: Moment] = [:]
        var overrun: [CheckHandle: Moment] = [:]
    }

    /// While a check fails, a line says so this often; the same goes for one that doesn't return.
    private static let reminderInterval = Duration.seconds(600)

    private let logger: Logger
    private let state = Mutex(State())

    init(logger: Logger) {
        self.logger = logger
    }

    /// Lines about changes of status.
    func log(_ events: [StatusEvent]) {
        for event in events {
            switch event {
            case .checkChanged(let change): log(change)
            case .componentChanged(let change):
                logger.info(
                    "The status of a component changed.",
                    metadata: [
                        "event": "component.status_changed", "component": .string(change.name),
                        "status": .string(change.transition.to.rawValue),
                        "previous_status": .string(change.transition.from.rawValue),
                    ].with("reason", change.transition.reason?.rawValue).marked(change.isDrill)
                )
            case .serviceChanged(let from, let to, let isDrill):
                logger.info(
                    "The status of the service changed.",
                    metadata: [
                        "event": "service.status_changed", "status": .string(to.rawValue),
                        "previous_status": .string(from.rawValue),
                    ].marked(isDrill)
                )
            case .suppressionStarted(let name, let reason, let roots): logSuppression(of: name, reason, roots)
            case .suppressionEnded(let name, let reason):
                logger.notice(
                    "Alerts about a component are no longer held back.",
                    metadata: [
                        "event": "suppression.ended", "component": .string(name), "reason": .string(reason.rawValue),
                    ]
                )
            case .drillStarted(let name, let drill): log("A drill has started.", "drill.started", name, drill)
            case .drillEnded(let name, let drill): log("A drill has ended.", "drill.ended", name, drill)
            case .readinessChanged(let from, let to): logReadiness(from: from, to: to)
            case .started:
                logger.info("Start-up is complete.", metadata: ["event": "exporter.ready"])
            }
        }
    }

    private func logSuppression(of component: String, _ reason: Suppression.Reason, _ roots: [String]) {
        logger.notice(
            "Alerts about a component are held back.",
            metadata: [
                "event": "suppression.started", "component": .string(component), "reason": .string(reason.rawValue),
            ].with("suppressed_by", roots.joined(separator: ","))
        )
    }

    private func log(_ sentence: Logger.Message, _ event: String, _ component: String, _ drill: Drill) {
        logger.notice(
            sentence,
            metadata: [
                "event": .string(event), "component": .string(component), "status": .string(drill.status.rawValue),
                "until": .string(drill.end.rfc3339), "readiness": .stringConvertible(drill.affectsReadiness),
            ].with("by", drill.by).with("explanation", drill.reason).marked(true)
        )
    }

    /// The circuit of a check opened, is being tried or closed.
    func logCircuit(_ registration: Registration, _ state: CircuitState, isSuppressed: Bool) {
        let (event, sentence, level): (String, Logger.Message, Logger.Level) =
            switch state {
            case .open:
                ("circuit.opened", "A circuit opened: runs are left out.", isSuppressed ? .notice : .warning)
            case .halfOpen: ("circuit.half_open", "A circuit is tried.", .debug)
            case .closed: ("circuit.closed", "A circuit closed: every slot is run.", .notice)
            }
        logger.log(
            level: level,
            sentence,
            metadata: [
                "event": .string(event), "component": .string(registration.id.component),
                "check": .string(registration.id.check), "kind": .string(registration.kind),
            ]
        )
    }

    private func log(_ event: StatusEvent.CheckChange) {
        var metadata: Logger.Metadata = [
            "event": "check.status_changed", "component": .string(event.registration.id.component),
            "check": .string(event.registration.id.check), "kind": .string(event.registration.kind),
            "status": .string(event.change.to.rawValue), "previous_status": .string(event.change.from.rawValue),
            "consecutive_failures": .stringConvertible(event.consecutiveFailures),
        ]
        metadata = metadata.with("reason", event.change.reason?.rawValue)
        if let run = event.run { metadata.merge(Self.facts(of: run)) { first, _ in first } }
        logger.log(level: Self.level(of: event), "The status of a check changed.", metadata: metadata)
    }

    private static func level(of event: StatusEvent.CheckChange) -> Logger.Level {
        event.isSuppressed ? min(.notice, ownLevel(of: event)) : ownLevel(of: event)
    }

    private static func ownLevel(of event: StatusEvent.CheckChange) -> Logger.Level {
        switch event.change.to {
        case .unhealthy: event.impact == .critical ? .error : .warning
        case .degraded, .unknown: .warning
        case .healthy: event.change.previousReason == .pending ? .debug : .notice
        }
    }

    private func logReadiness(from: Readiness, to: Readiness) {
        guard from.isReady != to.isReady else { return }
        var metadata: Logger.Metadata = ["event": "probe.changed", "probe": "readiness", "status": .string(to.name)]
        if case .notReady(let cause) = to { metadata["reason"] = .string(cause.rawValue) }
        logger.log(
            level: to.isReady ? .notice : .warning,
            to.isReady ? "A probe passes." : "A probe fails.",
            metadata: metadata
        )
    }

    /// Forgets what is no longer registered.
    func keep(only handles: Set<CheckHandle>) {
        state.withLock { state in
            state.reminded = state.reminded.filter { handles.contains($0.key) }
            state.overrun = state.overrun.filter { handles.contains($0.key) }
        }
    }

    /// A line about a run at `debug`, and from time to time one that a check still fails.
    func log(
        _ result: RunResult,
        of handle: CheckHandle,
        _ registration: Registration,
        _ standing: CheckState,
        isSuppressed: Bool = false
    ) {
        let names: Logger.Metadata = [
            "component": .string(registration.id.component), "check": .string(registration.id.check),
            "kind": .string(registration.kind),
        ]
        var metadata = names.merging(Self.facts(of: result)) { $1 }
        metadata["consecutive_failures"] = .stringConvertible(standing.consecutiveFailures)
        if logger.logLevel <= .debug {
            logger.debug("A run was completed.", metadata: metadata.merging(["event": "check.run"]) { $1 })
        }
        guard
            isDue(
                handle,
                at: result.moment,
                isFailing: standing.status == .unhealthy,
                in: \.reminded,
                firstIsSilent: true
            )
        else { return }
        logger.log(
            level: isSuppressed ? .notice : .warning,
            "A check still fails.",
            metadata: metadata.merging(["event": "check.failing"]) { $1 }
        )
    }

    /// A run is past its deadline and a slot passed without one.
    func logOverrun(_ handle: CheckHandle, _ registration: Registration, at moment: Moment, isSuppressed: Bool) {
        guard isDue(handle, at: moment, isFailing: true, in: \.overrun, firstIsSilent: false) else { return }
        logger.log(
            level: isSuppressed ? .notice : .warning,
            "A run does not return although its deadline has passed.",
            metadata: [
                "event": "check.overrun", "component": .string(registration.id.component),
                "check": .string(registration.id.check), "kind": .string(registration.kind),
            ]
        )
    }

    /// A run has returned after its deadline; every timeout does, so this is for those who debug.
    func logReturn(_ registration: Registration, late: Duration) {
        logger.debug(
            "A run has returned after its deadline.",
            metadata: [
                "event": "check.overrun", "component": .string(registration.id.component),
                "check": .string(registration.id.check), "kind": .string(registration.kind),
                "duration_seconds": .stringConvertible((registration.schedule.timeout + late).seconds),
            ]
        )
    }

    private func isDue(
        _ handle: CheckHandle,
        at moment: Moment,
        isFailing: Bool,
        in last: any WritableKeyPath<State, [CheckHandle: Moment]> & Sendable,
        firstIsSilent: Bool
    ) -> Bool {
        state.withLock { state in
            guard isFailing else {
                state[keyPath: last][handle] = nil
                return false
            }
            guard let before = state[keyPath: last][handle] else {
                state[keyPath: last][handle] = moment
                return !firstIsSilent
            }
            guard before.duration(to: moment) >= Self.reminderInterval else { return false }
            state[keyPath: last][handle] = moment
            return true
        }
    }

    private static func facts(of run: RunResult) -> Logger.Metadata {
        let facts: Logger.Metadata = [
            "result": .string(run.outcome.rawValue), "duration_seconds": .stringConvertible(run.duration.seconds),
            "trace_id": .string(run.traceID.description),
        ]
        return facts.with("reason", run.reason?.rawValue).with("error", run.outcome.isSuccess ? nil : run.message)
    }
}

extension Logger.Metadata {
    /// With the mark of a drill.
    func marked(_ isDrill: Bool) -> Logger.Metadata {
        isDrill ? merging(["drill": .stringConvertible(true)]) { $1 } : self
    }

    /// With a key more, when there is a value.
    func with(_ key: String, _ value: String?) -> Logger.Metadata {
        guard let value, !value.isEmpty else { return self }
        return merging([key: .string(value)]) { $1 }
    }
}
