import ArgumentParser
import HealthCore
import HealthExporter
import Logging
import Platform

/// `run`: everything, until a signal.
struct RunCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run checks and serve until SIGTERM (the default)."
    )

    /// `--config`, or `--config.file` as exporters of Prometheus have it.
    @Option(
        name: [.long, .customLong("config.file")],
        help: ArgumentHelp(
            "The configuration file; without it the host and the exporter itself are checked.",
            valueName: "file"
        )
    )
    var config: String?

    /// `--listen`, or `--web.listen-address`; once for each address.
    @Option(
        name: [.long, .customLong("web.listen-address")],
        parsing: .singleValue,
        help: ArgumentHelp("The main listener; may be repeated; default 0.0.0.0:8642.", valueName: "addr:port")
    )
    var listen: [ListenAddress] = []

    /// `--probe-listen`.
    @Option(help: ArgumentHelp("The probe listener; default 0.0.0.0:8643.", valueName: "addr:port"))
    var probeListen: ListenAddress?

    /// `--web.config.file`.
    @Option(
        name: .customLong("web.config.file"),
        help: ArgumentHelp(
            "TLS and users of the main listener, in the format of Prometheus' exporters.",
            valueName: "file"
        )
    )
    var webConfigFile: String?

    /// `--log-level`, or `--log.level`.
    @Option(
        name: [.long, .customLong("log.level")],
        help: ArgumentHelp("The least important level that is logged.", valueName: "level")
    )
    var logLevel: Logger.Level?

    /// `--log-format`, or `--log.format`.
    @Option(name: [.long, .customLong("log.format")], help: ArgumentHelp("How log lines look.", valueName: "format"))
    var logFormat: LogSettings.Format?

    /// `--privileged-commands` and `--core-dumps`.
    @OptionGroup
    var privilegeOptions: PrivilegeOptions

    /// Few; as the options say.
    var privileges: ProcessPrivileges.Options? { privilegeOptions.options }

    /// Runs the exporter; 0 after a clean stop, 1 on a failure, 2 on an error of usage or configuration.
    func execute() async -> ExitStatus {
        // First of all: threads made from here on leave the signals to it.
        let termination = Termination()
        let sources = termination.install()
        defer { withExtendedLifetime(sources) {} }
        ProcessFiles.raiseLimit()
        Heap.keepSmall()
        var options = ExporterStart.Options(origin: .init(file: config), variable: SystemSources.variable)
        options.termination = termination
        options.webConfigurationFile = webConfigFile
        options.override = { [self] in override(&$0) }
        let start: ExporterStart
        do throws(ConfigurationError) {
            start = try ExporterStart(options)
        } catch {
            Output.write(error.description + "\n", to: 2)
            return .usage
        }
        let web = start.configuration.settings.web
        if web.addressProblem("\(web.probeListen)") != nil {
            Output.write("--listen and --probe-listen must differ, both are \(web.probeListen)\n", to: 2)
            return .usage
        }
        // The text of a large configuration takes several times what is made of it.
        Heap.trim()
        return await start.runProcess() ? .success : .failure
    }

    /// Puts the options of the command line in place of what the file says.
    func override(_ configuration: inout ExporterConfiguration) {
        if !listen.isEmpty { configuration.settings.web.listen = listen }
        configuration.settings.web.probeListen = probeListen ?? configuration.settings.web.probeListen
        configuration.settings.logs.level = logLevel ?? configuration.settings.logs.level
        configuration.settings.logs.format = logFormat ?? configuration.settings.logs.format
    }
}
