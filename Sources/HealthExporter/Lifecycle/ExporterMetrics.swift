import HealthCore

/// The sources of `/metrics`: what the core knows about checks, and what the exporter measures about itself.
struct ExporterMetrics: Sendable {
    /// What the program was built from.
    var build: BuildFacts
    /// Runs in flight and overdue.
    var activity: @Sendable () -> ScheduleActivity
    /// What the probes answer.
    var probes: @Sendable () -> [ProbeFacts]
    /// How reloads went.
    var reloads: @Sendable () -> ReloadFacts
    /// How long ago each loop made progress.
    var stalls: @Sendable () -> StallFacts
    /// How the state file is; nil without one.
    var state: @Sendable () -> StateFacts?
    /// Connections by listener.
    var connections: @Sendable () -> [ConnectionFacts]
    /// How long the last page took.
    var lastScrape: @Sendable () -> Duration?
    /// Log lines by level.
    var log: @Sendable () -> LogWriter.Figures
    /// Requests by endpoint.
    var requests: @Sendable () -> [RequestFacts]
    /// What the kernel tells of the process.
    var process: @Sendable () -> ProcessFacts

    /// In the order of the page.
    var sources: [MetricSource] {
        [
            .target, .checks, .measurements, .components, .service,
            MetricSource(ProbeFacts.families) { _ in probes() },
            MetricSource(BuildFacts.families) { _ in build },
            MetricSource(ReloadFacts.families) { _ in reloads() },
            .schedule(activity),
            MetricSource(StallFacts.families) { _ in stalls() },
            MetricSource(ConnectionFacts.families) { _ in connections() },
            MetricSource(PageThread.families) { _ in lastScrape() },
            MetricSource(ReloadFacts.restartFamilies) { _ in reloads() },
            MetricSource(StateFacts.families) { _ in state() },
            MetricSource(LogWriter.Figures.families) { _ in log() },
            MetricSource(RequestFacts.families) { _ in requests() },
            MetricSource(ProcessFacts.families) { _ in process() },
        ]
    }

    /// What is wrong with the exporter itself, in sentences for people.
    var warnings: [String] {
        var warnings = stalls().warnings + reloads().warnings
        if let state = state() { warnings += state.warnings }
        let dropped = log().dropped
        if dropped > 0 { warnings.append("\(dropped) log lines could not be written.") }
        return warnings
    }

    /// With every series that a running exporter has, for counting them.
    static func everySeries(eventLoops: Int, hasState: Bool) -> ExporterMetrics {
        ExporterMetrics(
            build: BuildFacts(revision: nil),
            activity: { ScheduleActivity() },
            probes: { ProbeResponder.Probe.allCases.map { ProbeFacts(probe: $0, isPassing: true, lastRequest: nil) } },
            reloads: { ReloadFacts() },
            stalls: { StallFacts(ages: StallMonitor.names(eventLoops: eventLoops).map { ($0, .zero) }, limit: .zero) },
            state: { hasState ? StateFacts() : nil },
            connections: { ListenerPlaces(servesMain: true, descriptors: .max).all.map(\.facts) },
            lastScrape: { .zero },
            log: { LogWriter.Figures() },
            requests: { RequestCounts().facts },
            process: { ProcessFacts.read() }
        )
    }
}
