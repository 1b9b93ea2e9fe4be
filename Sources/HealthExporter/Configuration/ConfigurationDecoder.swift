import HealthChecks
import HealthCore

/// Turns nodes into a configuration; every problem is noted, and decoding goes on.
struct ConfigurationDecoder {
    let problems: SettingProblems
    let sources: ConfigurationSources
    /// The configuration that this one replaces.
    let old: ExporterConfiguration?

    /// The configuration; complete only when no problem was noted.
    func decode(_ root: SettingNode?, baseDirectory: String) -> ExporterConfiguration {
        let reader = SettingsReader(root, path: "", keys: ConfigurationKeys.root, problems: problems)
        var configuration = ExporterConfiguration(identity: identity(reader))
        decodeWeb(reader, baseDirectory: baseDirectory, into: &configuration)
        decodeBehaviour(reader, into: &configuration)
        decodeLimits(reader, into: &configuration)
        let resources = old?.resources?.renewed() ?? makeResources(configuration, baseDirectory)
        configuration.resources = resources
        let components = ComponentDecoder(
            defaults: reader.object("defaults", keys: ConfigurationKeys.defaults),
            resources: resources,
            program: sources.program,
            replacing: old
        )
        components.decode(reader, into: &configuration)
        if let old {
            let unchanged = configuration.meanings.filter { old.meanings[$0.key] == $0.value }.keys
            let registered = sources.program.components.flatMap { $0.checks.map(\.id) }
            configuration.registry.replace(old.registry, unchanged: Set(unchanged).union(registered))
        }
        return configuration
    }

    private func makeResources(_ configuration: ExporterConfiguration, _ baseDirectory: String) -> CheckResources {
        var resources = CheckResources.Configuration(environment: sources.environment)
        resources.baseDirectory = baseDirectory
        resources.blockingThreads = configuration.limits.blockingThreads
        resources.allowedNetworks = configuration.allowedNetworks
        resources.queues = sources.program.queues
        return CheckResources(configuration: resources, group: sources.group, time: sources.time)
    }

    private func identity(_ root: SettingsReader) -> ServiceIdentity {
        let reader = root.object("service", keys: ConfigurationKeys.service)
        let metrics = root.object("metrics", keys: ConfigurationKeys.metrics)
        let defaults = IdentityDefaults(sources: sources)
        return ServiceIdentity(
            name: reader.text("name") ?? "health-exporter",
            environment: reader.text("environment") ?? defaults.environment,
            version: reader.text("version") ?? defaults.version,
            instance: reader.text("instance") ?? defaults.instance,
            labelsEverySample: metrics.value("labels", "one of all, info") { ["all": true, "info": false][$0] } ?? true
        )
    }

    private func decodeWeb(
        _ root: SettingsReader,
        baseDirectory: String,
        into configuration: inout ExporterConfiguration
    ) {
        let web = root.object("web", keys: ConfigurationKeys.web)
        configuration.listen = address("listen", web) ?? configuration.listen
        configuration.probeListen = address("probe_listen", web) ?? configuration.probeListen
        configuration.adminSocket = adminSocket(web, baseDirectory) ?? configuration.adminSocket
        configuration.details = audience("details", web) ?? configuration.details
        configuration.lifecycle = audience("lifecycle", web) ?? configuration.lifecycle
        configuration.hostNames =
            web.list("host_names", "a host name without port, such as health.example") { text in
                text.isEmpty || text.contains(":") || text.contains("/") || text.hasControlCharacters
                    ? nil : text.lowercased()
            } ?? []
        if configuration.listen == configuration.probeListen, configuration.listen.port != 0 {
            let both = web.shown(web.has("probe_listen") ? "probe_listen" : "listen", "\(configuration.listen)")
            web.problem("probe_listen", "must differ from `listen`, both are \(both)")
        }
    }

    /// An audience; `local` is what one of them was called before.
    private func audience(_ key: String, _ reader: SettingsReader) -> ExporterConfiguration.Audience? {
        let words = ExporterConfiguration.Audience.allCases.map(\.rawValue).joined(separator: ", ")
        return reader.value(key, "one of \(words) (what was `local` is `loopback`)") { text in
            ExporterConfiguration.Audience(rawValue: text)
        }
    }

    private func adminSocket(_ reader: SettingsReader, _ folder: String) -> ExporterConfiguration.AdminSocket? {
        let limit = AdminSocketPath.maximumLength
        let setting = reader.value("admin_socket", "auto, off or a path of at most \(limit) bytes") {
            text -> ExporterConfiguration.AdminSocket? in
            switch text {
            case "auto": .automatic
            case "off": .off
            case _ where text.isEmpty || text.hasControlCharacters: nil
            default: .path(text.hasPrefix("/") ? text : "\(folder)/\(text)")
            }
        }
        guard case .path(let path) = setting, let problem = AdminSocketPath.problem(ofLength: path.utf8.count) else {
            return setting
        }
        reader.problem("admin_socket", problem)
        return nil
    }

    private func address(_ key: String, _ reader: SettingsReader) -> ExporterConfiguration.Address? {
        reader.value(key, "an address such as 0.0.0.0:8642", ExporterConfiguration.Address.init)
    }

    private func decodeBehaviour(_ root: SettingsReader, into configuration: inout ExporterConfiguration) {
        let readiness = root.object("readiness", keys: ConfigurationKeys.readiness)
        configuration.unknownPolicy = readiness.choice("unknown") ?? configuration.unknownPolicy
        let shutdown = root.object("shutdown", keys: ConfigurationKeys.shutdown)
        configuration.drain = shutdown.duration("drain", atLeast: .zero) ?? configuration.drain
        configuration.grace = shutdown.duration("grace") ?? configuration.grace
        if configuration.drain >= configuration.grace {
            let drain = shutdown.shown("drain", SettingText.text(of: configuration.drain))
            let grace = shutdown.shown("grace", SettingText.text(of: configuration.grace))
            shutdown.problem("drain", "drain (\(drain)) must be shorter than grace (\(grace)), which contains it")
        }
        let logs = root.object("logs", keys: ConfigurationKeys.logs)
        configuration.logLevel = logs.choice("level") ?? configuration.logLevel
        configuration.logFormat = logs.choice("format") ?? configuration.logFormat
        let metrics = root.object("metrics", keys: ConfigurationKeys.metrics)
        configuration.showsPhases = metrics.boolean("phases") ?? configuration.showsPhases
    }

    private func decodeLimits(_ root: SettingsReader, into configuration: inout ExporterConfiguration) {
        let reader = root.object("limits", keys: ConfigurationKeys.limits)
        var limits = configuration.limits
        limits.stall = reader.duration("stall", atLeast: .seconds(2)) ?? limits.stall
        limits.runsInFlight = reader.integer("runs_in_flight", in: 1...100_000) ?? limits.runsInFlight
        limits.checks = reader.integer("checks", in: 1...100_000) ?? limits.checks
        limits.series = reader.integer("series", in: 1...10_000_000) ?? limits.series
        limits.blockingThreads = reader.integer("blocking_threads", in: 1...1024) ?? limits.blockingThreads
        configuration.limits = limits
        let network = root.object("network", keys: ConfigurationKeys.network)
        configuration.allowedNetworks =
            network.list("allow", "a network such as 169.254.169.254/32 or fe80::/10") { IPNetwork($0) } ?? []
    }
}

extension ExporterConfiguration.Address {
    /// `host:port`.
    package init?(_ text: String) {
        guard let address = SettingText.address(text) else { return nil }
        self.init(host: address.host, port: address.port)
    }
}
