package import HealthCore

/// How many sample lines a configuration makes: its page is rendered as if every check had run for a day without failing and measured all it can.
///
/// The families and their samples are those of a scrape, so that the two cannot differ.
package struct SeriesEstimate {
    /// A page of a choice of metrics.
    package struct Page: Sendable {
        /// The series that Prometheus stores: a native histogram is one.
        package let series: Int
        /// Without compression, in the format that Prometheus scrapes such a page in.
        package let bytes: Int
    }

    private let configuration: ExporterConfiguration
    private let health: HealthSnapshot
    private let metrics: MetricsRecorder.Snapshot
    private let sources: [MetricSource]

    /// A day of runs: every window of success is there.
    private static let moments = [Moment.zero, .zero.advanced(by: .seconds(86_400))]

    /// - Parameter eventLoops: each has a progress counter.
    package init(configuration: ExporterConfiguration, eventLoops: Int) {
        self.configuration = configuration
        sources =
            ExporterMetrics.everySeries(eventLoops: eventLoops, hasState: configuration.settings.state.isKept).sources
        let time = FixedTime()
        let store = StatusStore(time: time) { _ in }
        let recorder = MetricsRecorder(identity: configuration.identity, histograms: .both)
        store.apply(configuration.registry)
        recorder.apply(configuration.registry)
        for (handle, registration, _) in configuration.registry.checks {
            let check = registration.check
            for moment in Self.moments {
                let result = RunResult(
                    .success,
                    measured: check.measurements.map { MeasuredValue($0, 1) },
                    duration: .milliseconds(1),
                    phases: check.connects ? PhaseDurations() : nil,
                    traceID: TraceID(high: 0, low: 1),
                    moment: moment,
                    timestamp: time.timestamp
                )
                _ = store.publish(result, of: handle)
                recorder.record(result, of: handle)
            }
        }
        (health, metrics) = (store.snapshot(), recorder.snapshot())
    }

    /// The number of series of the configured choice.
    package var count: Int { page(configuration.settings.metrics.selection).series }

    /// The page of a choice of metrics.
    package func page(_ selection: MetricSelection) -> Page {
        let scrape = Scrape(
            identity: configuration.identity,
            health: health,
            metrics: metrics,
            now: Self.moments[1],
            selection: selection
        )
        let exposition = Exposition(scrape, sources: sources)
        guard selection.histograms.hasNative else {
            let page = exposition.text(.prometheus)
            return Page(series: Exposition.seriesCount(page), bytes: page.count)
        }
        let encoder = ProtobufEncoder(histograms: selection.histograms, started: nil)
        let bytes = exposition.render(with: encoder, \.count).parts.reduce(0, +)
        return Page(series: encoder.series, bytes: bytes)
    }
}

/// A time that stands still.
private struct FixedTime: TimeSource {
    var moment: Moment { .zero }
    var timestamp: Timestamp { Timestamp(nanosecondsSinceEpoch: 1) }
}
