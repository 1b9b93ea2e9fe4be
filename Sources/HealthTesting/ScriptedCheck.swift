package import HealthCore
import Synchronization

/// A check that does what a test says: a closure, or a list of behaviours of which the last goes on for ever.
package struct ScriptedCheck: HealthCheck {
    package let measurements: [Measurement]
    package let connects: Bool
    package let holdsUpStartup: Bool
    private let body: @Sendable (RunContext) async throws -> CheckReport

    /// A check that is a closure.
    package init(
        measurements: [Measurement] = [],
        connects: Bool = false,
        holdsUpStartup: Bool = true,
        _ body: @escaping @Sendable (RunContext) async throws -> CheckReport = { _ in CheckReport(.success) }
    ) {
        self.measurements = measurements
        self.connects = connects
        self.holdsUpStartup = holdsUpStartup
        self.body = body
    }

    /// A check that plays behaviours, one a run.
    package init(_ behaviours: [Behaviour], on clock: ManualClock) {
        precondition(!behaviours.isEmpty, "a script has at least one behaviour")
        let script = Script(behaviours)
        self.init { _ in try await script.next().play(on: clock) }
    }

    package func run(_ context: RunContext) async throws -> CheckReport {
        try await body(context)
    }
}

extension ScriptedCheck {
    /// What one run does.
    package enum Behaviour: Sendable {
        /// Answers after a while; cancelled, it ends at once.
        case report(CheckReport.Verdict, after: Duration)
        /// Throws a failure with its reason after a while.
        case failure(FailureReason, after: Duration)
        /// Throws an error of its own after a while.
        case error(after: Duration)
        /// Answers success after a while, whether cancelled or not.
        case deaf(for: Duration)

        /// How long it takes when nobody cancels it.
        package var latency: Duration {
            switch self {
            case .report(_, let latency), .failure(_, let latency), .error(let latency), .deaf(let latency): latency
            }
        }

        /// Does it.
        package func play(on clock: ManualClock) async throws -> CheckReport {
            if case .deaf(let latency) = self {
                await clock.sleepIgnoringCancellation(for: latency)
                return CheckReport(.success)
            }
            try await clock.sleep(until: clock.now.advanced(by: latency))
            switch self {
            case .report(let verdict, _): return CheckReport(verdict)
            case .failure(let reason, _): throw CheckFailure(reason, "scripted")
            case .error, .deaf: throw ScriptedError()
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

/// An error that is no `CheckFailure`.
package struct ScriptedError: Error {
    package init() {}
}
