import HealthChecks
package import HealthCore
package import NIOCore

/// What a configuration is made with besides its file.
package struct ConfigurationSources: Sendable {
    /// Environment variables, by name.
    package var environment: @Sendable (String) -> String?
    /// The event loops on which checks connect to their targets.
    package var group: any EventLoopGroup
    /// The monotonic and the civil clock that checks measure with.
    package var time: any TimeSource
    /// The file of `web.config_file`, when the command line gives it.
    package var webConfigurationFile: String?
    /// What the program itself registers, beside the file.
    package var program = ProgramRegistrations()

    /// Sources of a program that registers nothing in code.
    package init(
        environment: @escaping @Sendable (String) -> String?,
        group: any EventLoopGroup,
        time: any TimeSource
    ) {
        self.environment = environment
        self.group = group
        self.time = time
    }

    /// How many event loops the group has; each has a progress counter.
    package var eventLoops: Int {
        group.makeIterator().reduce(0) { count, _ in count + 1 }
    }

    /// What the checks of settings share.
    func resources(_ settings: ExporterSettings, baseDirectory: String) -> CheckResources {
        var resources = CheckResources.Configuration(environment: environment)
        resources.baseDirectory = baseDirectory
        resources.blockingThreads = settings.limits.blockingThreads
        resources.allowedNetworks = settings.network.allow
        resources.queues = program.queues
        return CheckResources(configuration: resources, group: group, time: time)
    }
}
