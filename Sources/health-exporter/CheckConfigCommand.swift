import ArgumentParser
import HealthChecks
import HealthCore
import HealthExporter
import Platform

/// `check-config`: says whether a file is right, and what it means.
struct CheckConfigCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-config",
        abstract: "Validate a configuration file and print what it means.",
        discussion: "Exit codes: 0 when it is valid, also with warnings; 2 on a usage or configuration error."
    )

    /// The path of the file to validate.
    @Argument(help: "The configuration file.")
    var file: String

    /// `--probe-period`: the time between two readiness probes of the kubelet; nil for the default.
    @Option(help: ArgumentHelp("periodSeconds of the readiness probe; default 5s.", valueName: "duration"))
    var probePeriod: ProbeDuration?

    /// `--probe-timeout`: how long the kubelet waits for an answer; nil for the default.
    @Option(help: ArgumentHelp("timeoutSeconds of the readiness probe; default 2s.", valueName: "duration"))
    var probeTimeout: ProbeDuration?

    /// `--probe-failures`: failed probes in a row until the pod is not ready, at least 1; nil for the default.
    @Option(help: ArgumentHelp("failureThreshold of the readiness probe; default 1.", valueName: "n"))
    var probeFailures: Int?

    /// `--quiet`: leaves out everything but warnings.
    @Flag(help: "Print problems only, and nothing when there are none.")
    var quiet = false

    /// Throws when `--probe-failures` is below 1.
    func validate() throws {
        if let probeFailures, probeFailures < 1 { throw ValidationError("--probe-failures must be at least 1") }
    }

    /// As few as `run` keeps: files are as readable as they will be.
    var privileges: ProcessPrivileges.Options? { ProcessPrivileges.Options() }

    func execute() async -> ExitStatus {
        let timeline = SystemSources.timeline()
        guard let configuration = SystemSources.configuration(file: file, timeline) else { return .usage }
        let probe = ConfigurationReport.Probe(
            period: probePeriod?.duration,
            timeout: probeTimeout?.duration,
            failures: probeFailures
        )
        if probe.timeout >= probe.period {
            let (timeout, period) = (SettingText.text(of: probe.timeout), SettingText.text(of: probe.period))
            Output.write("--probe-timeout (\(timeout)) must be shorter than --probe-period (\(period))\n", to: 2)
            return .usage
        }
        let report = ConfigurationReport(
            configuration,
            probe: probe,
            eventLoops: SystemSources.sources(timeline).eventLoops,
            now: timeline.timestamp
        )
        Output.write(quiet ? report.renderProblems() : report.render())
        return .success
    }
}

/// A duration on the command line, as in the file.
struct ProbeDuration: ExpressibleByArgument {
    /// Longer than zero.
    let duration: Duration

    /// Reads a duration such as `5s`; nil for another text, and for zero.
    init?(argument: String) {
        guard let duration = SettingText.duration(argument), duration > .zero else { return nil }
        self.duration = duration
    }
}
