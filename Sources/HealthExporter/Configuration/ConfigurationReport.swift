import HealthChecks
package import HealthCore

/// What a configuration means, for people: what is checked, how long a fault may go unnoticed, and what is hardly meant so.
package struct ConfigurationReport {
    /// The readiness probe as the kubelet asks it.
    package struct Probe {
        /// `periodSeconds`: the time between two probes.
        package var period: Duration
        /// `timeoutSeconds`: how long a probe waits for its answer.
        package var timeout: Duration
        /// `failureThreshold`: the failed probes in a row after which the pod leaves its endpoints.
        package var failures: Int

        /// As the README shows it, for what isn't given: damping is done here already.
        package init(period: Duration?, timeout: Duration?, failures: Int?) {
            self.period = period ?? .seconds(5)
            self.timeout = timeout ?? .seconds(2)
            self.failures = failures ?? 1
        }
    }

    /// What is said about one thing.
    private struct Section {
        /// Its name; empty for what concerns all.
        var name = ""
        var facts: [String] = []
        var warnings: [String] = []
    }

    private let configuration: ExporterConfiguration
    private let probe: Probe
    private let eventLoops: Int
    private let sections: [Section]

    /// - Parameter now: to tell windows that are over.
    package init(_ configuration: ExporterConfiguration, probe: Probe, eventLoops: Int, now: Timestamp) {
        self.configuration = configuration
        self.probe = probe
        self.eventLoops = eventLoops
        let registry = configuration.registry
        let hierarchy = Hierarchy(registry)
        sections =
            registry.components.map { Self.section($0.registration, in: configuration, hierarchy, probe: probe) }
            + registry.groups.map { Self.section($0, in: registry, probe: probe) }
            + [Section(warnings: ConfigurationWarnings.of(configuration, at: now))]
    }

    /// Everything.
    package func render() -> String {
        var lines: [String] = []
        for section in sections {
            lines += section.facts + section.warnings.map { (section.name.isEmpty ? "" : "  ") + "warning: \($0)" }
        }
        let estimate = SeriesEstimate(configuration: configuration, eventLoops: eventLoops)
        lines += Self.choices(estimate)
        lines.append("\(estimate.count) series")
        return lines.joined(separator: "\n") + "\n"
    }

    /// What each choice of metrics costs whoever stores them.
    private static func choices(_ estimate: SeriesEstimate) -> [String] {
        MetricProfile.allCases.flatMap { profile in
            HistogramForms.allCases.map { histograms in
                let choice = MetricSelection(profile: profile, histograms: histograms)
                let page = estimate.page(choice)
                let key = "metrics: {profile: \(profile.rawValue), histograms: \(histograms.rawValue)}"
                return "\(key): \(page.series) series, \(page.bytes) bytes"
            }
        }
    }

    /// Only what is hardly meant so, each line with the name of what it is about; empty when there is nothing.
    package func renderProblems() -> String {
        sections.flatMap { section in
            section.warnings.map { (section.name.isEmpty ? "" : "\(section.name): ") + "warning: \($0)\n" }
        }.joined()
    }

    private static func section(
        _ component: ComponentRegistration,
        in configuration: ExporterConfiguration,
        _ hierarchy: Hierarchy,
        probe: Probe
    ) -> Section {
        let text = SettingText.text(of:)
        let count = component.checks.count
        let group = configuration.registry.groups.first { $0.members.contains(component.name) }
        let role = group.map { "member of \($0.name)" } ?? component.impact.rawValue
        var section = Section(name: component.name)
        section.facts = ["\(component.name): \(role), \(count) \(count == 1 ? "check" : "checks")"]
        section.facts += component.checks.map { check in
            let times = "every \(text(check.schedule.interval)), timeout \(text(check.schedule.timeout))"
            let delay = check.check.detectionDelay
            let waits = delay > .zero ? "; unknown while never beaten, at most \(text(delay)) from the start" : ""
            let isNear = check.heartbeat.map { $0.token == nil } ?? false
            let sender = isNear ? "; beats come from this machine only, for there is no `token`" : ""
            // A target may come from the environment, and this is for terminals.
            let target = check.target.map { " \($0.cutForTerminal)" } ?? ""
            return "  \(check.id.check): \(check.kind)\(target), \(times)\(waits)\(sender)"
        }
        let detection = WorstCase.detection(of: component)
        section.facts.append("  worst case from a failure to unhealthy: \(text(detection))")
        if group == nil {
            section.facts += leaving(after: detection, impact: component.impact, scope: component.scope, probe: probe)
        }
        section.warnings = ConfigurationWarnings.of(component, detection, isMember: group != nil)
        section.warnings += ConfigurationWarnings.of(dependenciesOf: component, in: hierarchy)
        section.warnings += configuration.warnings[component.name] ?? []
        return section
    }

    private static func section(_ group: GroupRegistration, in registry: CheckRegistry, probe: Probe) -> Section {
        let members = group.members.joined(separator: ", ")
        let detection = WorstCase.detection(of: group, in: registry)
        var section = Section(name: group.name)
        section.facts = [
            "\(group.name): \(group.impact.rawValue), \(group.requirement) of \(members)",
            "  worst case from a failure to unhealthy: \(SettingText.text(of: detection))",
        ]
        section.facts += leaving(after: detection, impact: group.impact, scope: group.scope, probe: probe)
        section.warnings = ConfigurationWarnings.of(group)
        return section
    }

    /// When `/readyz` answers 503, and when the kubelet has seen it often enough.
    private static func leaving(after detection: Duration, impact: Impact, scope: Scope, probe: Probe) -> [String] {
        guard impact == .critical else { return [] }
        guard scope == .local else { return ["  shared: once the service has been ready, a failure degrades it only"] }
        let text = SettingText.text(of:)
        let leaving = detection + probe.period * probe.failures + probe.timeout
        return [
            "  worst case from a failure to a 503: \(text(detection))",
            "  worst case from a failure to the pod leaving its endpoints: \(text(leaving))",
        ]
    }
}
