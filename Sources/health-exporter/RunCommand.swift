import ArgumentParser
import HealthChecks
import HealthCore
import HealthExporter
import Logging

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// `run`: everything, until a signal.
struct RunCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run checks and serve until SIGTERM (the default)."
    )

    @Option(
        help: ArgumentHelp(
            "The configuration file; without it the host and the exporter itself are checked.",
            valueName: "file"
        )
    )
    var config: String?

    @Option(help: ArgumentHelp("The main listener; default 0.0.0.0:8642.", valueName: "addr:port"))
    var listen: ExporterConfiguration.Address?

    @Option(help: ArgumentHelp("The probe listener; default 0.0.0.0:8643.", valueName: "addr:port"))
    var probeListen: ExporterConfiguration.Address?

    @Option(help: ArgumentHelp("The least important level that is logged.", valueName: "level"))
    var logLevel: LogLevel?

    @Option(help: ArgumentHelp("How log lines look.", valueName: "format"))
    var logFormat: ExporterConfiguration.LogFormat?

    func execute() async -> ExitStatus {
        // First of all: threads made from here on leave the signals to it.
        let termination = Termination()
        let sources = termination.install()
        defer { withExtendedLifetime(sources) {} }
        ProcessFiles.raiseLimit()
        let timeline = SystemSources.timeline()
        guard var configuration = SystemSources.configuration(file: config, timeline) else { return .usage }
        override(&configuration)
        if configuration.listen == configuration.probeListen, configuration.listen.port != 0 {
            Output.write("--listen and --probe-listen must differ, both are \(configuration.listen)\n", to: 2)
            return .usage
        }
        return await run(configuration, timeline, termination)
    }

    private func override(_ configuration: inout ExporterConfiguration) {
        configuration.listen = listen ?? configuration.listen
        configuration.probeListen = probeListen ?? configuration.probeListen
        configuration.logLevel = logLevel ?? configuration.logLevel
        configuration.logFormat = logFormat ?? configuration.logFormat
    }

    private func run(
        _ configuration: ExporterConfiguration,
        _ timeline: Timeline<ContinuousClock>,
        _ termination: Termination
    ) async -> ExitStatus {
        let writer = LogWriter(descriptor: 1)
        let sink = LogSink(
            writer: writer,
            identity: configuration.identity,
            wallClock: SystemWallClock(),
            format: configuration.logFormat
        )
        let logger = sink.logger(level: configuration.logLevel)
        logger.info(
            config == nil
                ? "No configuration file was given: the embedded default runs." : "The configuration was loaded.",
            metadata: [
                "event": "config.loaded", "config": .string(config ?? EmbeddedConfiguration.name),
                "checks": .stringConvertible(configuration.registry.checkCount),
            ]
        )
        let fail: @Sendable (any Error) -> Void = { error in
            logger.critical(
                "The exporter failed.",
                metadata: ["event": "exporter.stopped", "error": .string("\(error)")]
            )
            writer.flush(within: .seconds(1))
        }
        let environment = Exporter<ContinuousClock>.Environment(
            timeline: timeline,
            group: SystemSources.group,
            writer: writer,
            logger: logger,
            termination: termination,
            revision: SystemSources.variable("HEALTH_EXPORTER_REVISION"),
            adminSocket: { AdminSocketPath($0, variable: SystemSources.variable) },
            variable: SystemSources.variable,
            load: { [self] old throws(ConfigurationError) in
                var new = try SystemSources.load(file: config, timeline, replacing: old)
                override(&new)
                return new
            },
            setLogLevel: { sink.setLevel($0) },
            abandonRuns: { failure in
                if let failure { fail(failure) }
                _exit((failure == nil ? ExitStatus.success : .failure).rawValue)
            }
        )
        do {
            try await Exporter(configuration: configuration, environment: environment).run()
            return .success
        } catch {
            fail(error)
            return .failure
        }
    }
}
