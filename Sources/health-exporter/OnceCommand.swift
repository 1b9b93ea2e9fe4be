import ArgumentParser
import HealthChecks
import HealthCore
import HealthExporter
import Platform

/// `once`: every check one time, for people and scripts.
struct OnceCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "once",
        abstract: "Run every check once and exit; listeners stay closed.",
        discussion: "Exit codes: 0 healthy, 1 degraded, 2 unhealthy, 3 unknown or a configuration error."
    )

    /// How the result is printed.
    enum Format: String, CaseIterable, ExpressibleByArgument {
        case table, json
    }

    /// `--config`.
    @Option(
        help: ArgumentHelp(
            "The configuration file; without it the host and the exporter itself are checked.",
            valueName: "file"
        )
    )
    var config: String?

    /// `--format`.
    @Option(help: "How the result is printed.")
    var format = Format.table

    /// `--privileged-commands` and `--core-dumps`.
    @OptionGroup
    var privilegeOptions: PrivilegeOptions

    /// Few; as the options say.
    var privileges: ProcessPrivileges.Options? { privilegeOptions.options }

    /// Runs every check once; exits by the service's status.
    func execute() async -> ExitStatus {
        ProcessFiles.raiseLimit()
        let timeline = SystemSources.timeline()
        guard let configuration = SystemSources.configuration(file: config, timeline) else { return .unknown }
        let format = format
        await OneTimeRun(configuration: configuration, timeline: timeline).run { health, metrics in
            switch format {
            case .table: Output.write(StatusTable.render(health))
            case .json:
                let document = HealthDocument(
                    identity: configuration.identity,
                    health: health,
                    metrics: metrics,
                    nextDue: [],
                    now: timeline.moment,
                    timestamp: timeline.timestamp,
                    showsDetails: true
                )
                Output.write(document.render() + [UInt8(ascii: "\n")])
            }
            // At once: a check that hangs would keep the process for ever.
            Output.end(Self.status(health.verdict.service))
        }
        return .unknown
    }

    /// How the process ends when the service has this status: as plugins of Nagios do.
    static func status(_ service: HealthStatus) -> ExitStatus {
        switch service {
        case .healthy: .success
        case .degraded: .failure
        case .unhealthy: .usage
        case .unknown: .unknown
        }
    }
}
