import HealthCore
import Logging

extension LogEntry {
    /// A run of a check, for those who debug.
    init(run: RunResult, of registration: Registration, state: CheckState) {
        self.init(
            level: .debug,
            message: "A run was completed.",
            metadata: Self.metadata(event: "check.run", run: run, of: registration, state: state)
        )
    }

    /// The reminder that a check is still unhealthy.
    init(stillFailing run: RunResult, of registration: Registration, state: CheckState, isSuppressed: Bool) {
        self.init(
            level: isSuppressed ? .notice : .warning,
            message: "A check still fails.",
            metadata: Self.metadata(event: "check.failing", run: run, of: registration, state: state)
        )
    }

    private static func metadata(
        event: String,
        run: RunResult,
        of registration: Registration,
        state: CheckState
    ) -> Logger.Metadata {
        var metadata = Logger.Metadata(event: event, check: registration).merging(Logger.Metadata(run: run)) { $1 }
        metadata["consecutive_failures"] = .stringConvertible(state.consecutiveFailures)
        return metadata
    }

    /// A run that has not returned although its deadline has passed.
    init(overrunOf registration: Registration, isSuppressed: Bool) {
        self.init(
            level: isSuppressed ? .notice : .warning,
            message: "A run does not return although its deadline has passed.",
            metadata: Logger.Metadata(event: "check.overrun", check: registration)
        )
    }

    /// A run that has returned so long after its deadline; after a timeout every run does, so this is for those who debug.
    init(returnOf registration: Registration, late: Duration) {
        let duration = registration.schedule.timeout + late
        self.init(
            level: .debug,
            message: "A run has returned after its deadline.",
            metadata: Logger.Metadata(event: "check.overrun", check: registration)
                .merging(["duration_seconds": .stringConvertible(duration.seconds)]) { $1 }
        )
    }

    /// The circuit of a check opened, is being tried or closed.
    init(circuitOf registration: Registration, _ state: CircuitState, isSuppressed: Bool) {
        let (event, message, level): (String, Logger.Message, Logger.Level) =
            switch state {
            case .open:
                ("circuit.opened", "A circuit opened: runs are left out.", isSuppressed ? .notice : .warning)
            case .halfOpen: ("circuit.half_open", "A circuit is tried.", .debug)
            case .closed: ("circuit.closed", "A circuit closed: every slot is run.", .notice)
            }
        self.init(level: level, message: message, metadata: Logger.Metadata(event: event, check: registration))
    }
}
