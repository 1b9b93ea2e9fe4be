/// A page of metrics: everything known at one moment, rendered in a fixed order.
///
/// A scrape runs no check and asks nobody.
package struct Exposition: Sendable {
    package let identity: ServiceIdentity
    package let health: HealthSnapshot
    package let metrics: MetricsRecorder.Snapshot
    package let facts: ExporterFacts
    package let now: Moment
    package let showsPhases: Bool

    package init(
        identity: ServiceIdentity,
        health: HealthSnapshot,
        metrics: MetricsRecorder.Snapshot,
        facts: ExporterFacts,
        now: Moment,
        showsPhases: Bool
    ) {
        precondition(
            health.checks.count == metrics.checks.count
                && health.checks.allSatisfy { metrics.checks[$0.handle] != nil },
            "status and metrics of a page belong to one generation of the registry"
        )
        self.identity = identity
        self.health = health
        self.metrics = metrics
        self.facts = facts
        self.now = now
        self.showsPhases = showsPhases
    }

    /// The page in a format.
    ///
    package func render(_ format: ExpositionFormat) -> [UInt8] {
        var writer = ExpositionWriter(format: format, capacity: 16 * 1024 + health.checks.count * 8 * 1024)
        writer.family(MetricCatalog.targetInfo)
        let targetLabels = [("service_name", identity.name)] + identity.identityLabels
        writer.sample(LabelText.encode(targetLabels), 1 as UInt64)
        renderChecks(into: &writer)
        renderComponents(into: &writer)
        renderService(into: &writer)
        renderExporter(into: &writer)
        renderProcess(into: &writer)
        return writer.finish()
    }

    /// How many sample lines a page has.
    package static func seriesCount(_ page: [UInt8]) -> Int {
        page.split(separator: UInt8(ascii: "\n")).count { $0.first != UInt8(ascii: "#") }
    }
}

/// One label, encoded once for all samples that carry it.
func encodedLabel(_ name: String, _ value: String) -> [UInt8] {
    LabelText.encode([(name, value)])
}
