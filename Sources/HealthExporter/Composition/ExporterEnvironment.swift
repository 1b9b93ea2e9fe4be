package import HealthCore
package import NIOCore

/// What an exporter is made of besides its configuration: time, threads, log, and what the process wants of it.
package struct ExporterEnvironment<C: Clock>: Sendable where C.Duration == Duration {
    /// Reads the configuration that is to replace another one; may block.
    package typealias Load =
        @Sendable (ExporterConfiguration) throws(ConfigurationError) -> ExporterConfiguration

    /// Every clock that the exporter reads.
    let timeline: Timeline<C>
    /// The event loops of checks and of the main listener.
    let group: any EventLoopGroup
    /// Where lines go.
    let log: LogOutput
    /// Receives signals, if it is installed.
    let termination: Termination
    /// What the program registered in code.
    let program: ProgramRegistrations
    /// Whether the main listener is opened; without it a program mounts the endpoints on a router of its own.
    let servesMainListener: Bool
    /// Where the admin socket is, by what the configuration asks for; none when nil.
    let adminSocket: @Sendable (AdminSocketSetting) -> AdminSocketPath?
    /// Environment variables by name, for a process that is the exporter's own: its revision, and systemd's socket.
    let variable: @Sendable (String) -> String?
    /// How the configuration is reloaded.
    let load: Load
    /// Called when all has stopped but runs that ignore their cancellation: only the end of the process stops those.
    ///
    /// Gets what went wrong, if anything did.
    let abandonRuns: @Sendable ((any Error)?) -> Void

    /// An environment; what is left out, the exporter goes without.
    package init(
        timeline: Timeline<C>,
        group: any EventLoopGroup,
        log: LogOutput,
        termination: Termination,
        program: ProgramRegistrations = ProgramRegistrations(),
        servesMainListener: Bool = true,
        adminSocket: @escaping @Sendable (AdminSocketSetting) -> AdminSocketPath? = { _ in nil },
        variable: @escaping @Sendable (String) -> String? = { _ in nil },
        load: @escaping Load = { $0 },
        abandonRuns: @escaping @Sendable ((any Error)?) -> Void
    ) {
        self.timeline = timeline
        self.group = group
        self.log = log
        self.termination = termination
        self.program = program
        self.servesMainListener = servesMainListener
        self.adminSocket = adminSocket
        self.variable = variable
        self.load = load
        self.abandonRuns = abandonRuns
    }
}
