import HealthChecks
import HealthCore

/// Loads a configuration: text, settings, and then the checks that they describe; every error at once.
package struct ConfigurationLoader: Sendable {
    private let sources: ConfigurationSources

    /// - Parameter sources: the environment, event loops, clocks and registrations of the program that every load uses.
    package init(sources: ConfigurationSources) {
        self.sources = sources
    }

    /// The configuration in a file.
    ///
    /// - Parameter old: the configuration that this one replaces; checks whose settings are equal go on.
    package func load(
        file: String,
        replacing old: ExporterConfiguration? = nil
    ) throws(ConfigurationError) -> ExporterConfiguration {
        let files = SettingFiles()
        let bytes: [UInt8]
        do throws(GuardedFile.Problem) {
            bytes = try files.entry(file).file.bytes
        } catch {
            let problem = SettingProblem(position: .init(line: 1, column: 1), error.text)
            throw ConfigurationError(file: file, problems: [problem], files: files.sources)
        }
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        let inputs = inputs(files, baseDirectory: folder.isEmpty ? "/" : folder)
        return try load(bytes, file: file, inputs, replacing: old)
    }

    /// The configuration in a text.
    package func load(
        _ bytes: [UInt8],
        file: String,
        baseDirectory: String,
        replacing old: ExporterConfiguration? = nil
    ) throws(ConfigurationError) -> ExporterConfiguration {
        try load(bytes, file: file, inputs(SettingFiles(), baseDirectory: baseDirectory), replacing: old)
    }

    private func inputs(_ files: SettingFiles, baseDirectory: String) -> SettingInputs {
        var inputs = SettingInputs(baseDirectory: baseDirectory, files: files)
        inputs.environment = sources.environment
        inputs.queueNames = sources.program.queues.names
        inputs.timeZone = { TimeZones.rules($0) }
        return inputs
    }

    private func load(
        _ bytes: [UInt8],
        file: String,
        _ inputs: SettingInputs,
        replacing old: ExporterConfiguration?
    ) throws(ConfigurationError) -> ExporterConfiguration {
        let text = SettingsText(
            file: file,
            inputs: inputs,
            program: sources.program,
            environment: sources.environment
        )
        let decoded = try text.decode(bytes, running: old?.settings.limits)
        let maker = RegistryMaker(
            resources: old?.resources?.renewed()
                ?? sources.resources(decoded.settings, baseDirectory: inputs.baseDirectory),
            program: sources.program,
            old: old
        )
        var configuration = maker.configuration(decoded)
        let webProblems = readWebFiles(into: &configuration, inputs.files, replacing: old)
        configuration.files = inputs.files.sources
        let problems = decoded.root.problems
        if problems.isEmpty { refuseTooManySeries(configuration, decoded.root, running: old?.settings.limits) }
        guard problems.isEmpty, webProblems.isEmpty else {
            throw ConfigurationError(file: file, problems: problems.all + webProblems, files: configuration.files)
        }
        return configuration
    }

    /// Reads the files of TLS and users; returns what is wrong with them.
    private func readWebFiles(
        into configuration: inout ExporterConfiguration,
        _ files: SettingFiles,
        replacing old: ExporterConfiguration?
    ) -> [SettingProblem] {
        var problems: [SettingProblem] = []
        let web = configuration.settings.web
        if let path = sources.webConfigurationFile ?? web.configurationFile {
            let reader = WebConfigurationReader(path: path, files: files, listener: .main)
            configuration.web = reader.read(replacing: old?.web, problems: &problems)
        }
        if let path = web.probeConfigurationFile {
            let reader = WebConfigurationReader(path: path, files: files, listener: .probe)
            configuration.probeWeb = reader.read(replacing: old?.probeWeb, problems: &problems)
        }
        return problems
    }

    private func refuseTooManySeries(
        _ configuration: ExporterConfiguration,
        _ root: SettingsReader,
        running: LimitsSettings?
    ) {
        let limit = CountLimit(key: "series", new: configuration.settings.limits.series, running: running?.series)
        // Far below the limit nobody needs to count.
        let most = configuration.registry.checks.reduce(10_000) { $0 + 256 + $1.registration.check.measurements.count }
        guard most > limit.least else { return }
        let count = SeriesEstimate(configuration: configuration, eventLoops: sources.eventLoops).count
        guard let message = limit.problem(count, root) else { return }
        root.problems.add(SettingProblem(position: .init(line: 1, column: 1), path: "components", message))
    }
}
