/// What is known about the checks at one moment: what a page of metrics is made from.
package struct Scrape: Sendable {
    /// The labels of every sample.
    package let identity: ServiceIdentity
    /// The status of everything.
    package let health: HealthSnapshot
    /// The counts of the same generation of the registry.
    package let metrics: MetricsRecorder.Snapshot
    /// When the page is made.
    package let now: Moment
    /// What the page has.
    let selection: MetricSelection
    /// In the order of registration.
    let checks: CheckRows

    /// - Parameter selection: what the page has; everything when nothing is said.
    package init(
        identity: ServiceIdentity,
        health: HealthSnapshot,
        metrics: MetricsRecorder.Snapshot,
        now: Moment,
        selection: MetricSelection = MetricSelection()
    ) {
        precondition(
            health.checks.count == metrics.checks.count
                && health.checks.allSatisfy { metrics.checks[$0.handle] != nil },
            "status and metrics of a page belong to one generation of the registry"
        )
        self.identity = identity
        self.health = health
        self.metrics = metrics
        self.now = now
        self.selection = selection
        checks = CheckRows(health: health, metrics: metrics, now: now, profile: selection.profile)
    }

    /// What is known at a moment of one generation of the registry.
    package init(
        of known: GenerationStore.Snapshot,
        _ identity: ServiceIdentity,
        now: Moment,
        selection: MetricSelection = MetricSelection()
    ) {
        self.init(identity: identity, health: known.health, metrics: known.metrics, now: now, selection: selection)
    }

    /// The components of the page.
    var components: ComponentRows {
        ComponentRows(all: health.components.map { ComponentRow($0, of: self) })
    }
}
