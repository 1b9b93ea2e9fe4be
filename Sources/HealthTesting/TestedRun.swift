public import HealthCore

/// How one run of a check ended.
public struct TestedRun: Sendable {
    /// The result; nil when the check had nothing to report yet.
    public let kind: ResultKind?
    /// Why it is no success.
    public let reason: FailureReason?
    /// The sentence for people, cut as the exporter cuts it.
    public let message: String
    /// What the run measured.
    public let measured: [MeasuredValue]
    /// More for people, cut as the exporter cuts them.
    public let details: [CheckReport.Detail]
    /// From the start to the answer, or to the deadline; on the clock of the run.
    public let duration: Duration
    /// Tries beyond the first.
    public let retries: Int
    /// The result as the core knows it.
    package let result: RunResult?

    /// A run with a result.
    init(_ result: RunResult) {
        kind = result.kind
        reason = result.reason
        message = result.message
        measured = result.measured
        details = result.details
        duration = result.duration
        retries = result.retries
        self.result = result
    }

    /// A run without a result.
    init(_ report: PendingReport, duration: Duration) {
        kind = nil
        reason = nil
        message = report.message
        measured = report.measured
        details = []
        self.duration = duration
        retries = 0
        result = nil
    }

    /// The value of a measurement; nil when the run did not measure it.
    public func value(of measurement: Measurement) -> Double? {
        measured.first { $0.measurement.name == measurement.name }?.value
    }
}
