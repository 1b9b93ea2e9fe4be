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

    @Option(help: ArgumentHelp("periodSeconds of the readiness probe, such as 5s.", valueName: "duration"))
    var probePeriod: ProbeDuration?

    @Option(help: ArgumentHelp("timeoutSeconds of the readiness probe, such as 2s.", valueName: "duration"))
    var probeTimeout: ProbeDuration?

    @Option(help: ArgumentHelp("failureThreshold of the readiness probe.", valueName: "n"))
    var probeFailures: Int?

    func validate() throws {
        if let probeFailures, probeFailures < 1 { throw ValidationError("--probe-failures must be at least 1") }
    }

    /// Kubernetes' own defaults for what isn't given.
    private var probe: (period: Duration, timeout: Duration, failures: Int) {
        (probePeriod?.duration ?? .seconds(10), probeTimeout?.duration ?? .seconds(1), probeFailures ?? 3)
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
        for component in configuration.registry.components.map(\.registration) {
            let detection = WorstCase.detection(of: component)
            let text = SettingText.text(of:)
            let count = component.checks.count
            lines.append("\(component.name): \(component.impact.rawValue), \(count) \(count == 1 ? "check" : "checks")")
            for check in component.checks {
                let schedule = check.schedule
                lines.append(
                    "  \(check.id.check): \(check.kind), every \(text(schedule.interval)), timeout \(text(schedule.timeout))"
                )
            }
            lines.append("  worst case from a failure to unhealthy: \(text(detection))")
            if component.impact == .critical {
                let leaving = detection + probe.period * probe.failures + probe.timeout
                lines.append("  worst case from a failure to the pod leaving its endpoints: \(text(leaving))")
            }
            lines += warnings(component, detection).map { "  warning: \($0)" }
        }
        lines.append("\(SeriesEstimate(configuration: configuration, eventLoops: eventLoops).count) series")
        return lines.joined(separator: "\n") + "\n"
    }

    private func warnings(_ component: ComponentRegistration, _ detection: Duration) -> [String] {
        var warnings: [String] = []
        if detection > .seconds(60) {
            warnings.append("a failure may go unnoticed for more than 60s; shorten interval or confirm_interval")
        }
        if component.startup == .healthy {
            warnings.append(
                "`startup: healthy` fails the start-up probe while it is down, and that kills the container"
            )
        }
        return warnings
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
