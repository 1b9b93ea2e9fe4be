package import HealthChecks

/// The text of a configuration, decoded into settings: the first half of a load, in which nothing is made.
package struct SettingsText {
    /// How errors call the file.
    private let file: String
    private let inputs: SettingInputs
    /// Environment variables, by name.
    private let environment: @Sendable (String) -> String?
    private let program: ProgramRegistrations

    /// - Parameters:
    ///   - file: how errors call the file.
    ///   - inputs: the paths, files and facts of the machine that keys depend on.
    ///   - program: what the program registers in code.
    ///   - environment: environment variables, by name.
    package init(
        file: String,
        inputs: SettingInputs,
        program: ProgramRegistrations = ProgramRegistrations(),
        environment: @escaping @Sendable (String) -> String?
    ) {
        self.file = file
        self.inputs = inputs
        self.program = program
        self.environment = environment
    }

    /// The settings that a text gives.
    ///
    /// - Parameter running: the limits of the configuration that this one replaces.
    package func decode(
        _ bytes: [UInt8],
        running: LimitsSettings? = nil
    ) throws(ConfigurationError) -> DecodedConfiguration {
        let problems = SettingProblems()
        let decoded = decode(try root(bytes, problems), problems, running: running)
        guard problems.isEmpty else { throw error(problems.all) }
        return decoded
    }

    private func root(_ bytes: [UInt8], _ problems: SettingProblems) throws(ConfigurationError) -> SettingNode {
        let root: SettingNode?
        do throws(SettingProblem) {
            root = try YAMLReader.read(bytes, problems: problems)
        } catch {
            problems.add(error)
            throw self.error(problems.all)
        }
        guard let root, !root.isNull else {
            let problem = SettingProblem(
                position: .init(line: 1, column: 1),
                "the file is empty; the key `components` is missing: what is checked, by name"
            )
            throw error([problem])
        }
        return root
    }

    private func decode(
        _ root: SettingNode,
        _ problems: SettingProblems,
        running: LimitsSettings?
    ) -> DecodedConfiguration {
        let inputs = inputs
        let placeholders = Placeholders(problems: problems, environment: environment) {
            (path: String) throws(GuardedFile.Problem) -> [UInt8] in
            try inputs.files.entry(inputs.resolve(path: path)).file.bytes
        }
        let replaced = placeholders.replace(in: root)
        let decoder = ConfigurationDecoder(
            problems: problems,
            inputs: inputs,
            environment: environment,
            program: program,
            running: running
        )
        return decoder.decode(replaced)
    }

    private func error(_ problems: [SettingProblem]) -> ConfigurationError {
        ConfigurationError(file: file, problems: problems, files: inputs.files.sources)
    }
}

extension SettingFiles {
    /// What was read, to notice changes.
    var sources: [SourceFile] { all.map { SourceFile(path: $0.path, hash: $0.hash) } }
}
