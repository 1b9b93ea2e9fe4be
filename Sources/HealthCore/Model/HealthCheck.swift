/// One thing that can be asked how it is.
///
/// The runner calls ``run(_:)`` on the check's schedule, at most once at a time. It measures the time, ends the wait at the
/// timeout, counts, and classifies what comes back; a check only looks and says what it saw.
///
/// Returning a report is an answer. Throwing ``CheckFailure`` is a failure with a reason; any other error is a failure with
/// reason `error`. When the timeout has passed the task is cancelled; a check that goes on regardless keeps its slot until it
/// returns, and every slot that passes meanwhile counts as one more timeout.
public protocol HealthCheck: Sendable {
    /// What this check can measure; each is a metric family.
    var measurements: [Measurement] { get }

    /// Whether the check goes over the network, and so has phases.
    var connects: Bool { get }

    /// Whether start-up may have to wait for it.
    ///
    /// One that start-up never waits for gates nothing until its first result: its component is what its other checks say.
    var holdsUpStartup: Bool { get }

    /// Where it goes: a URL or an address for people, without user, password or other secrets; nil when there is nothing to name.
    var target: String? { get }

    /// How long what it looks for may go on before any run can tell, because it waits for something to happen.
    var detectionDelay: Duration { get }

    /// Looks once.
    func run(_ context: RunContext) async throws -> CheckReport
}

extension HealthCheck {
    /// Nothing is measured.
    public var measurements: [Measurement] { [] }

    /// It may.
    public var holdsUpStartup: Bool { true }

    /// Every run can tell.
    public var detectionDelay: Duration { .zero }

    /// No phases.
    public var connects: Bool { false }

    /// Nothing to name.
    public var target: String? { nil }
}

/// What a check is told about the run it is in.
public struct RunContext: Sendable {
    /// The id of this run.
    public let traceID: TraceID
    /// The time left for the whole run; a client library's own timeouts belong below it.
    public let timeout: Duration
    /// Where a check that connects says which phase it has come to.
    public let phases: PhaseTimer

    /// A context for one run.
    public init(traceID: TraceID, timeout: Duration, phases: PhaseTimer) {
        self.traceID = traceID
        self.timeout = timeout
        self.phases = phases
    }
}

/// What a check saw.
public struct CheckReport: Sendable {
    /// How good or bad what was seen is.
    public enum Verdict: Sendable, Equatable {
        case success
        case degraded(FailureReason)
        case failure(FailureReason)
        /// There is nothing to report yet: what the check waits for has neither come nor is it overdue.
        ///
        /// Such a run is none: nothing counts it, no status moves, and only what it measured is kept.
        case pending
    }

    /// How good or bad it is.
    public var verdict: Verdict
    /// One sentence for people; may name hosts, never credentials.
    public var message: String
    /// The values observed.
    public var measured: [MeasuredValue]
    /// More for people, in this order.
    public var details: [Detail]

    /// A report of what was seen.
    public init(_ verdict: Verdict, _ message: String = "", measured: [MeasuredValue] = [], details: [Detail] = []) {
        self.verdict = verdict
        self.message = message
        self.measured = measured
        self.details = details
    }

    /// One named detail.
    public struct Detail: Sendable, Equatable {
        /// What it is.
        public let name: String
        /// For people.
        public let value: String
        /// What it comes to as a number, for the measurements of the document; no metric is made of it.
        public let number: Double?

        /// A detail with its name.
        public init(_ name: String, _ value: String, number: Double? = nil) {
            self.name = name
            self.value = value
            self.number = number
        }
    }
}

/// Why a check could not see what it wanted to see.
public struct CheckFailure: Error, Sendable {
    /// The reason from the closed list; `internal` when it is our own trouble, and the target is not to be judged.
    public let reason: FailureReason
    /// One sentence for people.
    public let message: String
    /// What was observed before it failed.
    public var measured: [MeasuredValue]

    /// A failure with its reason.
    public init(_ reason: FailureReason, _ message: String, measured: [MeasuredValue] = []) {
        self.reason = reason
        self.message = message
        self.measured = measured
    }
}
