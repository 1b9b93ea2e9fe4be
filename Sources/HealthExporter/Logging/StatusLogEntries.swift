import HealthCore
import Logging

extension LogEntry {
    /// The line about something that happened to a status; nil for what has no line.
    init?(_ event: StatusEvent) {
        switch event {
        case .checkChanged(let change): self.init(change)
        case .componentChanged(let change): self.init(change)
        case .serviceChanged(let change): self.init(change)
        case .suppressionStarted(let name, let reason, let roots):
            self.init(suppressed: name, reason, roots: roots)
        case .suppressionEnded(let name, let reason): self.init(noLongerSuppressed: name, reason)
        case .drillStarted(let name, let drill):
            self.init(drill, of: name, event: "drill.started", message: "A drill has started.")
        case .drillEnded(let name, let drill):
            self.init(drill, of: name, event: "drill.ended", message: "A drill has ended.")
        case .runOverdue(let run): self.init(overrunOf: run.registration, isSuppressed: run.isSuppressed)
        case .readinessChanged(let from, let to, let isDrill):
            self.init(readinessFrom: from, to: to, isDrill: isDrill)
        case .started:
            self.init(level: .info, message: "Start-up is complete.", metadata: ["event": "exporter.ready"])
        }
    }

    private init(_ event: StatusEvent.CheckChange) {
        let (change, registration) = (event.change, event.registration)
        var metadata = Logger.Metadata(event: "check.status_changed", check: registration)
        metadata["status"] = .string(change.to.rawValue)
        metadata["previous_status"] = .string(change.from.rawValue)
        metadata["consecutive_failures"] = .stringConvertible(event.consecutiveFailures)
        metadata = metadata.adding("reason", change.reason?.rawValue)
        if let run = event.run {
            metadata.merge(Logger.Metadata(run: run)) { first, _ in first }
        } else {
            // Age decided: the last message tells why no result came after it.
            metadata = metadata.adding("error", event.lastRun?.message)
        }
        level = Logger.Level(
            changeTo: change.to,
            impact: event.impact,
            isFirst: change.previousReason == .pending,
            isSuppressed: event.isSuppressed
        )
        message = "The status of a check changed."
        self.metadata = metadata
    }

    private init(_ change: StatusEvent.ComponentChange) {
        let (from, to) = (change.transition.from, change.transition.to)
        level = Logger.Level(
            changeTo: to,
            impact: change.impact,
            isFirst: change.isFirst && from == .unknown,
            isSuppressed: change.isSuppressed
        )
        message = "The status of a component changed."
        let metadata: Logger.Metadata = [
            "event": "component.status_changed", "component": .string(change.name),
            "status": .string(to.rawValue), "previous_status": .string(from.rawValue),
        ]
        self.metadata = metadata.adding("reason", change.transition.reason?.rawValue).marked(isDrill: change.isDrill)
    }

    private init(_ change: StatusEvent.ServiceChange) {
        level = Logger.Level(
            changeTo: change.to,
            impact: .critical,
            isFirst: change.isFirst,
            isSuppressed: change.isSuppressed
        )
        message = "The status of the service changed."
        let metadata: Logger.Metadata = [
            "event": "service.status_changed", "status": .string(change.to.rawValue),
            "previous_status": .string(change.from.rawValue),
        ]
        self.metadata = metadata.marked(isDrill: change.isDrill)
    }

    /// Nil when the probe answers with the same code as before.
    private init?(readinessFrom from: Readiness, to: Readiness, isDrill: Bool) {
        guard from.isReady != to.isReady else { return nil }
        var metadata: Logger.Metadata = ["event": "probe.changed", "probe": "readiness", "status": .string(to.name)]
        if case .notReady(let cause) = to { metadata["reason"] = .string(cause.rawValue) }
        self.init(
            level: to.isReady ? .notice : .warning,
            message: to.isReady ? "A probe passes." : "A probe fails.",
            metadata: metadata.marked(isDrill: isDrill)
        )
    }

    private init(suppressed component: String, _ reason: Suppression.Reason, roots: [String]) {
        let metadata: Logger.Metadata = [
            "event": "suppression.started", "component": .string(component), "reason": .string(reason.rawValue),
        ]
        self.init(
            level: .notice,
            message: "Alerts about a component are suppressed.",
            metadata: metadata.adding("suppressed_by", roots.joined(separator: ","))
        )
    }

    private init(noLongerSuppressed component: String, _ reason: Suppression.Reason) {
        self.init(
            level: .notice,
            message: "Alerts about a component are no longer suppressed.",
            metadata: [
                "event": "suppression.ended", "component": .string(component), "reason": .string(reason.rawValue),
            ]
        )
    }

    private init(_ drill: Drill, of component: String, event: String, message: Logger.Message) {
        let metadata: Logger.Metadata = [
            "event": .string(event), "component": .string(component), "status": .string(drill.status.rawValue),
            "until": .string(drill.end.rfc3339), "readiness": .stringConvertible(drill.affectsReadiness),
        ]
        self.init(
            level: .notice,
            message: message,
            metadata: metadata.adding("by", drill.by).adding("explanation", drill.reason).marked(isDrill: true)
        )
    }
}
