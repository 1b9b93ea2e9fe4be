public import HealthCore
import Synchronization

/// A check that does what a test says: a closure, or a list of behaviours, one for each run; the last one repeats.
public struct ScriptedCheck: HealthCheck {
    /// What the closure may measure.
    public let measurements: [Measurement]
    /// Whether it has phases.
    public let connects: Bool
    /// Whether start-up may wait for it.
    public let blocksStartup: Bool
    private let body: @Sendable (RunContext) async throws -> CheckReport

    /// A check that is a closure; without one, it succeeds.
    public init(
        measurements: [Measurement] = [],
        connects: Bool = false,
        blocksStartup: Bool = true,
        _ body: @escaping @Sendable (RunContext) async throws -> CheckReport = { _ in CheckReport(.success) }
    ) {
        self.measurements = measurements
        self.connects = connects
        self.blocksStartup = blocksStartup
        self.body = body
    }

    /// A check that plays behaviours, one for each run; the last one repeats.
    ///
    /// - Parameters:
    ///   - behaviours: at least one.
    ///   - clock: measures the durations of the behaviours.
    public init(_ behaviours: [Behaviour], on clock: ManualClock) {
        precondition(!behaviours.isEmpty, "a script has at least one behaviour")
        let script = Script(behaviours)
        self.init { _ in try await script.next().play(on: clock) }
    }

    /// Calls the closure, or plays the next behaviour.
    public func run(_ context: RunContext) async throws -> CheckReport {
        try await body(context)
    }
}

extension ScriptedCheck {
    /// What one run does.
    public enum Behaviour: Sendable {
        /// Reports after a duration; when cancelled, it ends at once.
        case report(CheckReport.Verdict, after: Duration)
        /// Throws a ``HealthCore/CheckFailure`` with a reason after a duration.
        case failure(FailureReason, after: Duration)
        /// Throws a ``ScriptedError`` after a duration.
        case error(after: Duration)
        /// Reports success after a duration, whether cancelled or not.
        case ignoringCancellation(for: Duration)

        /// The duration of the run when nothing cancels it.
        public var latency: Duration {
            switch self {
            case .report(_, let latency), .failure(_, let latency), .error(let latency),
                .ignoringCancellation(let latency):
                latency
            }
        }

        /// Runs the behaviour once.
        public func play(on clock: ManualClock) async throws -> CheckReport {
            if case .ignoringCancellation(let latency) = self {
                await clock.sleepIgnoringCancellation(for: latency)
                return CheckReport(.success)
            }
            try await clock.sleep(until: clock.now.advanced(by: latency))
            switch self {
            case .report(let verdict, _): return CheckReport(verdict)
            case .failure(let reason, _): throw CheckFailure(reason, "scripted")
            case .error, .ignoringCancellation: throw ScriptedError()
            }
        }
    }

    private final class Script: Sendable {
        private let rest: Mutex<ArraySlice<Behaviour>>

        init(_ behaviours: [Behaviour]) {
            rest = Mutex(behaviours[...])
        }

        func next() -> Behaviour {
            rest.withLock { rest in
                let behaviour = rest[rest.startIndex]
                if rest.count > 1 { rest.removeFirst() }
                return behaviour
            }
        }
    }
}

/// An error other than ``HealthCore/CheckFailure``.
public struct ScriptedError: Error {
    /// The error.
    public init() {}
}
