import HealthCore
import Logging

/// Lines about what goes with a status: suppression, drills, circuits, late returns.
extension ResultLogger {
    func logSuppression(of component: String, _ reason: Suppression.Reason, _ roots: [String]) {
        logger.notice(
            "Alerts about a component are held back.",
            metadata: [
                "event": "suppression.started", "component": .string(component), "reason": .string(reason.rawValue),
            ].with("suppressed_by", roots.joined(separator: ","))
        )
    }

    func log(_ sentence: Logger.Message, _ event: String, _ component: String, _ drill: Drill) {
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
            metadata: Self.names(of: registration, event)
        )
    }

    /// A run has returned after its deadline; every timeout does, so this is for those who debug.
    func logReturn(_ registration: Registration, late: Duration) {
        logger.debug(
            "A run has returned after its deadline.",
            metadata: Self.names(of: registration, "check.overrun")
                .merging(["duration_seconds": .stringConvertible((registration.schedule.timeout + late).seconds)]) {
                    $1
                }
        )
    }
}
