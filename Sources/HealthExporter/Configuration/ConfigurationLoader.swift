import HealthChecks
package import HealthCore
package import NIOCore

/// What a configuration is made with besides its file.
package struct ConfigurationSources: Sendable {
    /// Environment variables, by name.
    package var environment: @Sendable (String) -> String?
    package var group: any EventLoopGroup
    package var time: any TimeSource
    /// What the program itself registers, beside the file.
    package var program = ProgramRegistrations()

    package init(
        environment: @escaping @Sendable (String) -> String?,
        group: any EventLoopGroup,
        time: any TimeSource
    ) {
        self.environment = environment
        self.group = group
        self.time = time
    }

    /// How many event loops the group has; each has a watermark.
    package var eventLoops: Int {
        group.makeIterator().reduce(0) { count, _ in count + 1 }
    }
}

/// Reads a configuration file: text in, configuration or every error at once out.
package struct ConfigurationLoader: Sendable {
    private let sources: ConfigurationSources

    package init(sources: ConfigurationSources) {
        self.sources = sources
    }

    /// The configuration in a file.
    ///
    /// - Parameter old: the configuration that this one replaces; what both say in the same words stays as it is.
    package func load(
        file: String,
        replacing old: ExporterConfiguration? = nil
    ) throws(ConfigurationError) -> ExporterConfiguration {
        // Looked at before it is read: a change in between is then seen as one.
        let source = SourceFile(path: file)
        let bytes: [UInt8]
        do throws(GuardedFile.Problem) {
            bytes = try GuardedFile.read(file, limit: YAMLReader.Limits.bytes + 1).bytes
        } catch {
            let problem = SettingProblem(position: .init(line: 1, column: 1), error.text)
            throw ConfigurationError(file: file, problems: [problem], files: [source])
        }
        let folder = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        do throws(ConfigurationError) {
            var configuration = try load(
                bytes,
                file: file,
                baseDirectory: folder.isEmpty ? "/" : folder,
                replacing: old
            )
            configuration.files.insert(source, at: 0)
            return configuration
        } catch {
            throw ConfigurationError(file: file, problems: error.problems, files: [source] + error.files)
        }
    }

    /// The configuration in a text.
    package func load(
        _ bytes: [UInt8],
        file: String,
        baseDirectory: String,
        replacing old: ExporterConfiguration? = nil
    ) throws(ConfigurationError) -> ExporterConfiguration {
        let problems = SettingProblems()
        var files: [SourceFile] = []
        let placeholders = Placeholders(problems: problems, environment: sources.environment) {
            (path: String) throws(GuardedFile.Problem) -> [UInt8] in
            let absolute = path.hasPrefix("/") ? path : "\(baseDirectory)/\(path)"
            files.append(SourceFile(path: absolute))
            return try GuardedFile.read(absolute, limit: Placeholders.fileLimit).bytes
        }
        let root: SettingNode?
        do throws(SettingProblem) {
            root = try YAMLReader.read(bytes, problems: problems)
        } catch {
            problems.add(error)
            throw ConfigurationError(file: file, problems: problems.all)
        }
        guard let root, !root.isNull else {
            let problem = SettingProblem(
                position: .init(line: 1, column: 1),
                "the file is empty; the key `components` is missing: what is checked, by name"
            )
            throw ConfigurationError(file: file, problems: [problem])
        }
        let decoder = ConfigurationDecoder(problems: problems, sources: sources, old: old)
        let replaced = placeholders.replace(in: root)
        var configuration = decoder.decode(replaced, baseDirectory: baseDirectory)
        configuration.files += files
        if problems.isEmpty { refuseTooManySeries(configuration, replaced, problems, old) }
        guard problems.isEmpty else {
            throw ConfigurationError(file: file, problems: problems.all, files: configuration.files)
        }
        return configuration
    }

    private func refuseTooManySeries(
        _ configuration: ExporterConfiguration,
        _ root: SettingNode,
        _ problems: SettingProblems,
        _ old: ExporterConfiguration?
    ) {
        let limit = CountLimit(key: "series", new: configuration.limits.series, running: old?.limits.series)
        // Far below the limit nobody needs to count.
        let most = configuration.registry.checks.reduce(10_000) { $0 + 256 + $1.registration.check.measurements.count }
        guard most > limit.least else { return }
        let count = SeriesEstimate(configuration: configuration, eventLoops: sources.eventLoops).count
        let reader = SettingsReader(root, path: "", keys: ConfigurationKeys.root, problems: problems)
        guard let message = limit.problem(count, reader) else { return }
        problems.add(SettingProblem(position: .init(line: 1, column: 1), path: "components", message))
    }
}
