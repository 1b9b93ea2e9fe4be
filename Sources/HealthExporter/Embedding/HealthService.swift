public import HealthCore
public import Hummingbird
import Platform
public import ServiceLifecycle

/// The exporter inside a Swift program: checks from a file and from code, the probes, metrics and logs, as a `Service`.
///
/// Put it last in the program's own service group: what comes last stops first. On graceful shutdown readiness fails at once, checks
/// run on for `shutdown.drain` while the program still serves, and it ends within `shutdown.grace`; only then the rest stops.
public struct HealthService: Service {
    /// Where the file is, and what is served.
    public struct Options: Sendable {
        /// The configuration file; nil when everything is registered in code.
        public var configurationFile: String?
        /// Whether the main listener (`web.listen`) is opened; without it the program serves the routes itself.
        public var servesMainListener = true
        /// Whether the admin socket is opened where `web.admin_socket` says.
        public var servesAdminSocket = false
        /// Environment variables by name; those of the process when nil.
        public var environment: [String: String]?

        /// Options with a file.
        public init(configurationFile: String? = nil) {
            self.configurationFile = configurationFile
        }
    }

    private let exporter: Exporter<SystemClock>

    /// Reads the configuration and makes the parts; nothing runs yet.
    ///
    /// - Parameter register: registers components, queues, start-up tasks and progress counters of the program itself.
    /// - Throws: an error whose description has a line for everything that is wrong in the file, or what `register` throws.
    public init(_ options: Options, register: (inout ProgramRegistrations) throws -> Void = { _ in }) throws {
        var program = ProgramRegistrations()
        try register(&program)
        let variables = options.environment
        var start = ExporterStart.Options(origin: options.configurationFile.map { .file($0) } ?? .code) { name in
            variables.map { $0[name] } ?? Self.variable(name)
        }
        start.program = program
        start.servesMainListener = options.servesMainListener
        start.servesAdminSocket = options.servesAdminSocket
        exporter = try ExporterStart(start).makeEmbeddedExporter()
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

    /// Adds endpoints to a router of the program, by default all but the status page at `/`.
    ///
    /// Where the context doesn't know the peer's address, nobody counts as loopback.
    ///
    /// - Parameters:
    ///   - router: a router that has none of these paths yet; a path that it already has ends the program.
    ///   - endpoints: which of them are added.
    public func addRoutes<Context: RequestContext>(
        to router: some RouterMethods<Context>,
        endpoints: EndpointGroups = .default
    ) {
        exporter.responder.mount(endpoints, on: router)
    }
}
