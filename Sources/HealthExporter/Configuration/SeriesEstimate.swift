import HealthCore

/// How many sample lines a configuration makes: the page is rendered as if every check had run for a day without failing and measured all it can.
///
/// The same code as for a scrape, so that the two can't drift apart.
package struct SeriesEstimate {
    private let configuration: ExporterConfiguration
    private let eventLoops: Int

    /// - Parameter eventLoops: each has a watermark.
    package init(configuration: ExporterConfiguration, eventLoops: Int) {
        self.configuration = configuration
        self.eventLoops = eventLoops
    }

    /// The number of sample lines.
    package var count: Int {
        // A day of runs: every window of success is there.
        let moments = [Moment.zero, .zero.advanced(by: .seconds(86_400))]
        let time = FixedTime()
        let store = StatusStore(time: time) { _ in }
        let recorder = MetricsRecorder(identity: configuration.identity)
        store.apply(configuration.registry)
        recorder.apply(configuration.registry)
        for (handle, registration, _) in configuration.registry.checks {
            let check = registration.check
            for moment in moments {
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
        let page = Exposition(
            identity: configuration.identity,
            health: store.snapshot(),
            metrics: recorder.snapshot(),
            facts: FactsCollector.everySeries(eventLoops: eventLoops),
            now: moments[1],
            showsPhases: configuration.showsPhases
        )
        return Exposition.seriesCount(page.render(.text))
    }
}

/// A time that stands still.
private struct FixedTime: TimeSource {
    var moment: Moment { .zero }
    var timestamp: Timestamp { Timestamp(nanosecondsSinceEpoch: 1) }
}
