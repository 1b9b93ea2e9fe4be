/// One check of one component: it inspects its target once and reports.
///
/// The runner calls ``run(_:)`` on the check's schedule, at most once at a time. It measures the duration, publishes a timeout at
/// the deadline, counts, and classifies what the check returns or throws.
///
/// Returning a report is an answer. Throwing ``CheckFailure`` is a failure with a reason; any other error is a failure with
/// reason `error`. When the timeout has passed the task is cancelled; a check that goes on regardless keeps its slot until it
/// returns, and every slot that passes meanwhile counts as one more timeout.
public protocol HealthCheck: Sendable {
    /// What this check can measure; each is a metric family.
    var measurements: [Measurement] { get }

    /// Whether the check goes over the network, and so has phases.
    var connects: Bool { get }

    /// The phases that a run can enter, in any order; metrics leave the others out.
    var phases: [RunPhase] { get }

    /// Whether start-up may have to wait for it.
    ///
    /// A check that start-up never waits for counts from its first result on; until then its component has the status of its other checks.
    var blocksStartup: Bool { get }

    /// The target as a URL or an address for people, without user, password or other secrets; nil when there is none.
    var target: String? { get }

    /// How long a fault may last before any run can detect it, because the check waits for an event that fails to come.
    var detectionDelay: Duration { get }

    /// Inspects the target once.
    ///
    /// Throws ``CheckFailure`` when there is no answer to report. Must react to cancellation of its task.
    func run(_ context: RunContext) async throws -> CheckReport
}

extension HealthCheck {
    /// Nothing is measured.
    public var measurements: [Measurement] { [] }

    /// It may.
    public var blocksStartup: Bool { true }

    /// Every run detects a fault.
    public var detectionDelay: Duration { .zero }

    /// Not over the network.
    public var connects: Bool { false }

    /// Every phase of a check that goes over the network, else none.
    public var phases: [RunPhase] { connects ? RunPhase.allCases : [] }

    /// Nothing to name.
    public var target: String? { nil }
}

/// The run that a check is called for.
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

/// What one run of a check found.
public struct CheckReport: Sendable {
    /// How good or bad the target is.
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

    /// A report with its verdict.
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

/// Why a check has no answer of its target to report.
public struct CheckFailure: Error, Sendable {
    /// The reason from the closed list; `internal` for an internal error, which says nothing about the target.
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
