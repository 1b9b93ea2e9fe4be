import HealthChecks
import HealthCore
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
/// Run it in the program's own service group, before what it speaks about: it then stops after it. On graceful shutdown it is
/// not ready at once, goes on for `shutdown.drain`, and ends within `shutdown.grace`.
public struct HealthService: Service {
    /// Where the file is and who serves.
    public struct Options: Sendable {
        /// The configuration file; nil when everything is registered in code.
        public var configurationFile: String?
        /// Whether the main listener (`web.listen`) is opened; without it the program serves the routes itself.
        public var servesMainListener = true
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
    /// Where the context doesn't know the peer's address, nobody counts as local.
    public func addRoutes<Context: RequestContext>(to router: some RouterMethods<Context>) {
        exporter.routes.add(to: router)
    }
}
