/// The result of one run.
public enum ResultKind: String, CaseIterable, Sendable {
    case success, degraded, failure, timeout
    /// An error of the exporter itself: counted, never moves a status.
    case `internal`

    /// The index in counts by kind.
    package var index: Int {
        switch self {
        case .success: 0
        case .degraded: 1
        case .failure: 2
        case .timeout: 3
        case .internal: 4
        }
    }

    /// How thresholds read it; nil when it says nothing about the target.
    package var status: HealthStatus? {
        switch self {
        case .success: .healthy
        case .degraded: .degraded
        case .failure, .timeout: .unhealthy
        case .internal: nil
        }
    }

    /// Whether it counts as success in ratios.
    package var isSuccess: Bool {
        self == .success || self == .degraded
    }
}

/// Everything that is known about one completed run.
package struct RunResult: Sendable {
    /// How it ended.
    package var kind: ResultKind
    /// Why it is no success.
    package var reason: FailureReason?
    /// At most `maximumMessageBytes` bytes.
    package var message: String
    /// What it measured.
    package var measured: [MeasuredValue]
    /// At most `maximumDetails`.
    package var details: [CheckReport.Detail]
    /// From start to answer, or to the deadline.
    package var duration: Duration
    /// By phase; nil for a check that doesn't connect.
    package var phases: PhaseDurations?
    /// Identifies the run.
    package var traceID: TraceID
    /// When it was published.
    package var moment: Moment
    /// When it was published, in civil time.
    package var timestamp: Timestamp
    /// Tries beyond the first.
    package var retries = 0

    /// UTF-8 bytes of a message.
    package static let maximumMessageBytes = 1024
    /// Details of a result.
    package static let maximumDetails = 64
    /// UTF-8 bytes of a name or value of a detail.
    package static let maximumDetailBytes = 1024

    /// A result; message and details are cut to their limits.
    package init(
        _ kind: ResultKind,
        reason: FailureReason? = nil,
        message: String = "",
        measured: [MeasuredValue] = [],
        details: [CheckReport.Detail] = [],
        duration: Duration,
        phases: PhaseDurations? = nil,
        traceID: TraceID,
        moment: Moment,
        timestamp: Timestamp
    ) {
        self.kind = kind
        self.reason = reason
        self.message = message.cut(toBytes: Self.maximumMessageBytes)
        self.measured = measured
        self.details = Self.cut(details)
        self.duration = duration
        self.phases = phases
        self.traceID = traceID
        self.moment = moment
        self.timestamp = timestamp
    }

    /// Details come from targets too: as many and as long as somebody reads.
    package static func cut(_ details: [CheckReport.Detail]) -> [CheckReport.Detail] {
        details.prefix(maximumDetails).map { detail in
            .init(
                detail.name.cut(toBytes: maximumDetailBytes),
                detail.value.cut(toBytes: maximumDetailBytes),
                number: detail.number
            )
        }
    }
}

extension String {
    /// The longest prefix of whole characters that fits into `limit` UTF-8 bytes, with `…` when something was cut.
    package func cut(toBytes limit: Int) -> String {
        if utf8.count <= limit { return self }
        var kept = 0
        let fitting = unicodeScalars.prefix { scalar in
            kept += scalar.utf8.count
            return kept <= limit - 3
        }
        return String(String.UnicodeScalarView(fitting)) + "…"
    }
}
