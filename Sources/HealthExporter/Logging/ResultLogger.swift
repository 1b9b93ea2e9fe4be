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

    let logger: Logger
    private let state = Mutex(State())

    init(logger: Logger) {
        self.logger = logger
    }

    /// Lines about changes of status.
    func log(_ events: [StatusEvent]) {
        for event in events {
            switch event {
            case .checkChanged(let change): log(change)
            case .componentChanged(let change): log(change)
            case .serviceChanged(let change): log(change)
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
            case .readinessChanged(let from, let to, let isDrill):
                logReadiness(from: from, to: to, isDrill: isDrill)
            case .started:
                logger.info("Start-up is complete.", metadata: ["event": "exporter.ready"])
            }
        }
    }

    private func log(_ change: StatusEvent.ComponentChange) {
        let (from, to) = (change.transition.from, change.transition.to)
        let isFirst = change.isFirst && from == .unknown
        logger.log(
            level: Self.level(of: to, impact: change.impact, isFirst: isFirst, isSuppressed: change.isSuppressed),
            "The status of a component changed.",
            metadata: [
                "event": "component.status_changed", "component": .string(change.name),
                "status": .string(to.rawValue), "previous_status": .string(from.rawValue),
            ].with("reason", change.transition.reason?.rawValue).marked(change.isDrill)
        )
    }

    private func log(_ change: StatusEvent.ServiceChange) {
        logger.log(
            level: Self.level(
                of: change.to,
                impact: .critical,
                isFirst: change.isFirst,
                isSuppressed: change.isSuppressed
            ),
            "The status of the service changed.",
            metadata: [
                "event": "service.status_changed", "status": .string(change.to.rawValue),
                "previous_status": .string(change.from.rawValue),
            ].marked(change.isDrill)
        )
    }

    /// - Parameters:
    ///   - isFirst: whether nothing was known before.
    ///   - isSuppressed: whether alerts about it are held back: then nobody is to be called.
    private static func level(
        of status: HealthStatus,
        impact: Impact,
        isFirst: Bool,
        isSuppressed: Bool
    ) -> Logger.Level {
        let level: Logger.Level =
            switch status {
            case .unhealthy: impact == .critical ? .error : .warning
            case .degraded, .unknown: .warning
            case .healthy: isFirst ? .debug : .notice
            }
        return isSuppressed ? min(.notice, level) : level
    }

    private func log(_ event: StatusEvent.CheckChange) {
        var metadata = Self.names(of: event.registration, "check.status_changed")
        metadata["status"] = .string(event.change.to.rawValue)
        metadata["previous_status"] = .string(event.change.from.rawValue)
        metadata["consecutive_failures"] = .stringConvertible(event.consecutiveFailures)
        metadata = metadata.with("reason", event.change.reason?.rawValue)
        if let run = event.run {
            metadata.merge(Self.facts(of: run)) { first, _ in first }
        } else {
            // Age decided: what was last said tells why nothing came after it.
            metadata = metadata.with("error", event.lastRun?.message)
        }
        let level = Self.level(
            of: event.change.to,
            impact: event.impact,
            isFirst: event.change.previousReason == .pending,
            isSuppressed: event.isSuppressed
        )
        logger.log(level: level, "The status of a check changed.", metadata: metadata)
    }

    private func logReadiness(from: Readiness, to: Readiness, isDrill: Bool) {
        guard from.isReady != to.isReady else { return }
        var metadata: Logger.Metadata = ["event": "probe.changed", "probe": "readiness", "status": .string(to.name)]
        if case .notReady(let cause) = to { metadata["reason"] = .string(cause.rawValue) }
        logger.log(
            level: to.isReady ? .notice : .warning,
            to.isReady ? "A probe passes." : "A probe fails.",
            metadata: metadata.marked(isDrill)
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
        if logger.logLevel <= .debug {
            logger.debug("A run was completed.", metadata: Self.metadata("check.run", result, registration, standing))
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
            metadata: Self.metadata("check.failing", result, registration, standing)
        )
    }

    /// A run is past its deadline and a slot passed without one.
    func logOverrun(_ handle: CheckHandle, _ registration: Registration, at moment: Moment, isSuppressed: Bool) {
        guard isDue(handle, at: moment, isFailing: true, in: \.overrun, firstIsSilent: false) else { return }
        logger.log(
            level: isSuppressed ? .notice : .warning,
            "A run does not return although its deadline has passed.",
            metadata: Self.names(of: registration, "check.overrun")
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

    private static func metadata(
        _ event: String,
        _ result: RunResult,
        _ registration: Registration,
        _ standing: CheckState
    ) -> Logger.Metadata {
        var metadata = names(of: registration, event).merging(facts(of: result)) { $1 }
        metadata["consecutive_failures"] = .stringConvertible(standing.consecutiveFailures)
        return metadata
    }

    /// What every line about a check tells.
    static func names(of registration: Registration, _ event: String) -> Logger.Metadata {
        [
            "event": .string(event), "component": .string(registration.id.component),
            "check": .string(registration.id.check), "kind": .string(registration.kind),
        ].with("target", registration.target)
    }

    private static func facts(of run: RunResult) -> Logger.Metadata {
        let facts: Logger.Metadata = [
            "result": .string(run.outcome.rawValue), "duration_seconds": .stringConvertible(run.duration.seconds),
            "trace_id": .string(run.traceID.description),
        ]
        return facts.with("reason", run.reason?.rawValue).with("error", run.outcome == .success ? nil : run.message)
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
