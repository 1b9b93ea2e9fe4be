import HealthCore
import Logging
import NIOCore
import NIOPosix
import Platform

/// The start of an exporter in a process, for the command `run` and for a program that embeds it alike.
///
/// It reads the configuration; the log is opened and the exporter composed when it is asked to run.
package struct ExporterStart: Sendable {
    /// What is started.
    package struct Options: Sendable {
        /// Where the configuration comes from.
        package var origin: ConfigurationOrigin
        /// Environment variables by name.
        package var variable: @Sendable (String) -> String?
        /// The file of `web.config_file`, when the command line gives it.
        package var webConfigurationFile: String?
        /// Replaces values of the file by those of the command line, at the start and at each reload.
        package var override: @Sendable (inout ExporterConfiguration) -> Void = { _ in }
        /// What a program registers in code.
        package var program = ProgramRegistrations()
        /// Whether the main listener is opened.
        package var servesMainListener = true
        /// Whether the admin socket is opened where the configuration says.
        package var servesAdminSocket = true
        /// Receives signals, if the caller installs it.
        package var termination = Termination()

        /// Options of the command line: everything is served.
        package init(origin: ConfigurationOrigin, variable: @escaping @Sendable (String) -> String?) {
            self.origin = origin
            self.variable = variable
        }
    }

    /// The configuration that was read.
    package let configuration: ExporterConfiguration
    private let options: Options
    private let timeline = SystemTime.timeline()
    private let group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    private let load: @Sendable (ExporterConfiguration?) throws(ConfigurationError) -> ExporterConfiguration

    /// Reads the configuration.
    package init(_ options: Options) throws(ConfigurationError) {
        self.options = options
        var sources = ConfigurationSources(environment: options.variable, group: group, time: timeline)
        sources.program = options.program
        sources.webConfigurationFile = options.webConfigurationFile
        load = { [sources] old throws(ConfigurationError) in
            var configuration = try options.origin.load(from: sources, replacing: old)
            options.override(&configuration)
            return configuration
        }
        configuration = try load(nil)
    }

    /// Runs the exporter in a process of its own, until a signal; returns whether it ended well.
    ///
    /// Ends the process itself when runs are left that ignore their cancellation.
    package func runProcess() async -> Bool {
        let log = LogOutput(configuration, wallClock: SystemWallClock())
        log.logger.info(
            options.origin == .embeddedDefault
                ? "No configuration file was given: the embedded default runs." : "The configuration was loaded.",
            metadata: [
                "event": "config.loaded", "config": .string(options.origin.name),
                "checks": .stringConvertible(configuration.registry.checkCount),
            ]
        )
        let exporter = makeExporter(log, variable: options.variable) { failure in
            if let failure { log.recordFailure(failure) }
            _exit(failure == nil ? 0 : 1)
        }
        do {
            try await exporter.run()
            return true
        } catch {
            log.recordFailure(error)
            return false
        }
    }

    /// An exporter for a program that runs it beside services of its own.
    ///
    /// A run that ignores its cancellation keeps it from returning, which the program's own group then sees.
    func makeEmbeddedExporter() -> Exporter<SystemClock> {
        makeExporter(
            LogOutput(configuration, wallClock: SystemWallClock()),
            variable: { _ in nil },
            abandonRuns: { _ in }
        )
    }

    private func makeExporter(
        _ log: LogOutput,
        variable: @escaping @Sendable (String) -> String?,
        abandonRuns: @escaping @Sendable ((any Error)?) -> Void
    ) -> Exporter<SystemClock> {
        let environment = ExporterEnvironment(
            timeline: timeline,
            group: group,
            log: log,
            termination: options.termination,
            program: options.program,
            servesMainListener: options.servesMainListener,
            adminSocket: { [options] setting in
                options.servesAdminSocket ? AdminSocketPath(setting, variable: options.variable) : nil
            },
            variable: variable,
            load: { [load] old throws(ConfigurationError) in try load(old) },
            abandonRuns: abandonRuns
        )
        return Exporter(configuration: configuration, environment: environment)
    }
}
