package import HealthChecks
package import HealthCore

/// A configuration in effect: settings, and the checks that were made from them.
package struct ExporterConfiguration: Sendable {
    /// The values of all keys, defaults included.
    package var settings: ExporterSettings
    /// The components with their checks, the groups, the flags and the maintenance windows.
    package var registry = CheckRegistry()
    /// What is valid in a component and has no effect or is probably not meant so, by its name.
    package var warnings: [String: [String]] = [:]
    /// The files it was read from, in order.
    package var files: [SourceFile] = []
    /// TLS and users of the main listener; nil for neither.
    package var web: WebConfigurationFile?
    /// TLS of the probe listener; nil for none.
    package var probeWeb: WebConfigurationFile?
    /// What its checks share; a later configuration shares it too.
    package var resources: CheckResources?

    /// A configuration of these settings, with nothing registered yet.
    package init(settings: ExporterSettings = ExporterSettings()) {
        self.settings = settings
    }

    /// Who speaks, as metrics and logs carry it.
    package var identity: ServiceIdentity { settings.identity }

    /// Has as many event loops run checks as its checks need; called when it takes effect.
    func adaptLoops() {
        let intervals = registry.checks.map(\.registration.schedule.interval.seconds)
        resources?.executors.adapt(toRunsPerSecond: intervals.reduce(0) { $0 + 1 / $1 })
    }

    /// This configuration, with everything that only a restart can change as it is in the running one.
    func keepingRestartKeys(of running: ExporterConfiguration) -> ExporterConfiguration {
        var kept = self
        kept.settings = settings.keepingRestartKeys(of: running.settings)
        return kept
    }
}

/// Everything that is wrong with a configuration, at once.
package struct ConfigurationError: Error, CustomStringConvertible {
    /// The path of the file, or the name of a text that is in none, such as `embedded default`.
    package let file: String
    /// What is wrong, each with its position in the file.
    package let problems: [SettingProblem]
    /// What was read, as it was just before: a change of one of them may mend it.
    package let files: [SourceFile]

    /// - Parameter files: every file that was read or tried, so that a change of one can be noticed.
    package init(file: String, problems: [SettingProblem], files: [SourceFile] = []) {
        self.file = file
        self.problems = problems
        self.files = files
    }

    /// One line a problem.
    package var description: String {
        problems.map { $0.description(file: file) }.joined(separator: "\n")
    }
}
