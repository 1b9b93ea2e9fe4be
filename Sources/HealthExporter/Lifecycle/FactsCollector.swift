import HealthCore

/// Collects what the exporter tells about itself at a scrape.
struct FactsCollector: Sendable {
    let build: ExporterFacts.Build
    let reloads: @Sendable () -> ExporterFacts.Reloads
    let probes: ProbeResponder
    let counts: RequestCounts
    let stalls: StallMonitor
    let writer: LogWriter
    let places: [ConnectionPlaces]
    let lastScrape: @Sendable () -> Duration?
    let activity: @Sendable () -> (inFlight: Int, overdue: Int)
    let nextDue: @Sendable ([CheckHandle]) -> [Moment?]

    func collect() -> ExporterFacts {
        var facts = ExporterFacts(build: build)
        facts.reloads = reloads()
        facts.probes = probes.facts()
        (facts.runsInFlight, facts.runsOverdue) = activity()
        facts.stallAges = stalls.ages
        facts.stallLimit = stalls.bound
        facts.connections = places.map(\.facts)
        facts.scrapeRender = lastScrape()
        let figures = writer.figures
        facts.logEvents = figures.byLevel
        facts.logEventsDropped = figures.dropped
        facts.requests = counts.facts
        facts.process = ProcessFacts.read()
        return facts
    }

    /// Facts with every series that a running exporter has, for counting them.
    static func everySeries(eventLoops: Int) -> ExporterFacts {
        var facts = ExporterFacts(build: Build.facts(revision: nil))
        facts.probes = ProbeResponder.Probe.allCases.map { .init(name: $0.rawValue, isPassing: true, lastRequest: nil) }
        facts.stallAges = StallMonitor.names(eventLoops: eventLoops).map { ($0, .zero) }
        facts.connections = ["main", "probe"].map { .init(listener: $0, open: 0, refused: 0) }
        facts.scrapeRender = .zero
        facts.logEvents = LogLevel.allCases.map { ($0.rawValue, 0) }
        facts.requests = RequestCounts().facts
        facts.process = ProcessFacts.read()
        return facts
    }
}
