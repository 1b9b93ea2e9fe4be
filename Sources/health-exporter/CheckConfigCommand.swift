import ArgumentParser
import HealthChecks
import HealthCore
import HealthExporter

/// `check-config`: says whether a file is right, and what it means.
struct CheckConfigCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Validate a configuration file and print what it means."
    )

    @Argument(help: "The configuration file.")
    var file: String

    @Option(help: ArgumentHelp("periodSeconds of the readiness probe; default 5s.", valueName: "duration"))
    var probePeriod: ProbeDuration?

    @Option(help: ArgumentHelp("timeoutSeconds of the readiness probe; default 2s.", valueName: "duration"))
    var probeTimeout: ProbeDuration?

    @Option(help: ArgumentHelp("failureThreshold of the readiness probe; default 1.", valueName: "n"))
    var probeFailures: Int?

    func validate() throws {
        if let probeFailures, probeFailures < 1 { throw ValidationError("--probe-failures must be at least 1") }
    }

    /// As the README shows it, for what isn't given: damping is done here already.
    private var probe: (period: Duration, timeout: Duration, failures: Int) {
        (probePeriod?.duration ?? .seconds(5), probeTimeout?.duration ?? .seconds(2), probeFailures ?? 1)
    }

    func execute() async -> ExitStatus {
        let timeline = SystemSources.timeline()
        guard let configuration = SystemSources.configuration(file: file, timeline) else { return .usage }
        let probe = probe
        if probe.timeout >= probe.period {
            let (timeout, period) = (SettingText.text(of: probe.timeout), SettingText.text(of: probe.period))
            Output.write("--probe-timeout (\(timeout)) must be shorter than --probe-period (\(period))\n", to: 2)
            return .usage
        }
        Output.write(report(configuration, SystemSources.sources(timeline).eventLoops))
        return .success
    }

    private func report(_ configuration: ExporterConfiguration, _ eventLoops: Int) -> String {
        var lines: [String] = []
        let registry = configuration.registry
        let text = SettingText.text(of:)
        for component in registry.components.map(\.registration) {
            let count = component.checks.count
            let group = registry.groups.first { $0.members.contains(component.name) }
            let role = group.map { "member of \($0.name)" } ?? component.impact.rawValue
            lines.append("\(component.name): \(role), \(count) \(count == 1 ? "check" : "checks")")
            for check in component.checks {
                let schedule = check.schedule
                lines.append(
                    "  \(check.id.check): \(check.kind), every \(text(schedule.interval)), timeout \(text(schedule.timeout))"
                )
            }
            let detection = WorstCase.detection(of: component)
            lines.append("  worst case from a failure to unhealthy: \(text(detection))")
            if group == nil { lines += leaving(detection, component.impact, component.scope) }
            lines += ConfigurationWarnings.of(component, detection, isMember: group != nil).map { "  warning: \($0)" }
        }
        for group in registry.groups {
            let members = group.members.joined(separator: ", ")
            lines.append("\(group.name): \(group.impact.rawValue), \(group.requirement) of \(members)")
            let detection = WorstCase.detection(of: group, in: registry)
            lines.append("  worst case from a failure to unhealthy: \(text(detection))")
            lines += leaving(detection, group.impact, group.scope)
            lines += ConfigurationWarnings.of(group).map { "  warning: \($0)" }
        }
        let now = SystemWallClock().now
        lines += ConfigurationWarnings.of(registry, at: now).map { "warning: \($0)" }
        lines.append("\(SeriesEstimate(configuration: configuration, eventLoops: eventLoops).count) series")
        return lines.joined(separator: "\n") + "\n"
    }

    /// When `/readyz` answers 503, and when the kubelet has seen it often enough.
    private func leaving(_ detection: Duration, _ impact: Impact, _ scope: Scope) -> [String] {
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

/// A duration on the command line, as in the file.
struct ProbeDuration: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = SettingText.duration(argument), duration > .zero else { return nil }
        self.duration = duration
    }
}
