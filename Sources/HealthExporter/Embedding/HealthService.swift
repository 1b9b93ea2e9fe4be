import HealthChecks
public import HealthCore
public import Hummingbird
import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The exporter inside a Swift program: checks from a file and from code, the probes, metrics and logs, as a `Service`.
///
/// Put it last in the program's own service group: what comes last stops first. On graceful shutdown it is not ready at once, goes
/// on for `shutdown.drain` while the program still serves, and ends within `shutdown.grace`; only then the rest stops.
public struct HealthService: Service {
    /// Where the file is and who serves.
    public struct Options: Sendable {
        /// The configuration file; nil when everything is registered in code.
        public var configurationFile: String?
        /// Whether the main listener (`web.listen`) is opened; without it the program serves the routes itself.
        public var servesMainListener = true
        /// Whether the socket for administrators is opened where `web.admin_socket` says; not unless asked.
        public var servesAdminSocket = false
        /// Environment variables by name; those of the process when nil.
        public var environment: [String: String]?

        /// Options with a file.
        public init(configurationFile: String? = nil) {
            self.configurationFile = configurationFile
        }
    }

    private let exporter: Exporter<ContinuousClock>

    /// Reads the configuration and makes the parts; nothing runs yet.
    ///
    /// - Parameter register: registers components, queues, start-up tasks and heartbeats of the program itself.
    /// - Throws: an error whose description has a line for everything that is wrong in the file, or what `register` throws.
    public init(_ options: Options, register: (inout ProgramRegistrations) throws -> Void = { _ in }) throws {
        var program = ProgramRegistrations()
        try register(&program)
        let timeline = SystemTime.timeline()
        let group = MultiThreadedEventLoopGroup.singleton
        let variables = options.environment
        var sources = ConfigurationSources(
            environment: { name in variables.map { $0[name] } ?? Self.variable(name) },
            group: group,
            time: timeline
        )
        sources.program = program
        let loader = ConfigurationLoader(sources: sources)
        let file = options.configurationFile
        let load: @Sendable (ExporterConfiguration?) throws(ConfigurationError) -> ExporterConfiguration = { old in
            if let file { return try loader.load(file: file, replacing: old) }
            return try loader.load(
                Array("components: {}\n".utf8),
                file: "registered in code",
                baseDirectory: ".",
                replacing: old
            )
        }
        let configuration = try load(nil)
        let writer = LogWriter(descriptor: 1)
        let sink = LogSink(
            writer: writer,
            identity: configuration.identity,
            wallClock: SystemWallClock(),
            format: configuration.logFormat
        )
        let environment = Exporter<ContinuousClock>.Environment(
            timeline: timeline,
            group: group,
            writer: writer,
            logger: sink.logger(level: configuration.logLevel),
            termination: Termination(),
            program: program,
            servesMainListener: options.servesMainListener,
            adminSocket: { [sources] setting in
                options.servesAdminSocket ? AdminSocketPath(setting, variable: sources.environment) : nil
            },
            load: { old throws(ConfigurationError) in try load(old) },
            setLogLevel: { sink.setLevel($0) },
            // What does not return keeps the service from returning, which the program's own group then sees.
            abandonRuns: { _ in }
        )
        exporter = Exporter(configuration: configuration, environment: environment)
        for task in program.startupTasks {
            task.whenFinished { [exporter] in exporter.finishStartup(task: task.name) }
        }
    }

    /// The same, for a program that has nothing to do without: on an error it ends with the message on standard error and exit
    /// code 2, as the command line program does.
    ///
    /// An error that leaves `main` would end it with a trap and a core dump.
    public static func orExit(
        _ options: Options,
        register: (inout ProgramRegistrations) throws -> Void = { _ in }
    ) -> HealthService {
        do {
            return try HealthService(options, register: register)
        } catch {
            let message = Array("\(error)\n".utf8)
            _ = unsafe write(2, message, message.count)
            exit(2)
        }
    }

    /// Whether a flag of the configuration is on; nil when it has none of that name.
    public func isEnabled(_ flag: String) -> Bool? {
        exporter.health.flags.first { $0.name == flag }?.isOn
    }

    /// The status of a component or group, as the documents show it; nil when there is none of that name.
    public func status(of name: String) -> HealthStatus? {
        let health = exporter.health
        return health.components.first { $0.registration.name == name }?.state.status
            ?? health.groups.first { $0.registration.name == name }?.status
    }

    private static func variable(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }

    /// Runs until graceful shutdown or cancellation.
    public func run() async throws {
        try await exporter.run()
    }

    /// Adds every path but `/` to a router of the program: the probes, `/metrics`, `/health/detailed`, `/api/v1`, OFREP and
    /// `/-/reload`.
    ///
    /// Where the context doesn't know the peer's address, nobody counts as loopback.
    public func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>) {
        exporter.routes.add(to: router)
    }
}
