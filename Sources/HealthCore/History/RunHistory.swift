/// The last runs of a check, and what they measured, for people who look at a page.
package struct RunHistory: Sendable {
    /// A run, in 12 bytes: there are 48 of them for each of 10,000 checks.
    package struct Run: Sendable, Equatable {
        private let second: UInt32
        /// In seconds.
        package let duration: Float
        /// How it ended.
        package let kind: ResultKind
        /// Why it is no success.
        package let reason: FailureReason?

        /// A run from its result.
        init(_ result: RunResult) {
            let seconds = floorDivide(result.timestamp.nanosecondsSinceEpoch, 1_000_000_000).quotient
            second = UInt32(clamping: seconds)
            (duration, kind, reason) = (Float(result.duration.seconds), result.kind, result.reason)
        }

        /// When it ended, in whole seconds.
        package var timestamp: Timestamp { Timestamp(nanosecondsSinceEpoch: Int64(second) * 1_000_000_000) }
    }

    /// The last values of a measurement.
    package struct Trend: Sendable, Equatable {
        /// What was measured.
        package let measurement: Measurement
        /// Oldest first.
        package fileprivate(set) var values: [Float]
    }

    /// As many runs are kept.
    package static let length = 48

    /// Oldest first.
    package private(set) var runs: [Run] = []
    /// In the order in which they were first measured.
    package private(set) var trends: [Trend] = []

    /// No run yet.
    package init() {}

    /// Appends a run.
    package mutating func record(_ result: RunResult) {
        runs.append(Run(result))
        if runs.count > Self.length { runs.removeFirst() }
        for measured in result.measured { append(measured) }
    }

    private mutating func append(_ measured: MeasuredValue) {
        guard let index = trends.firstIndex(where: { $0.measurement.name == measured.measurement.name }) else {
            trends.append(Trend(measurement: measured.measurement, values: [Float(measured.value)]))
            return
        }
        trends[index].values.append(Float(measured.value))
        if trends[index].values.count > Self.length { trends[index].values.removeFirst() }
    }
}
