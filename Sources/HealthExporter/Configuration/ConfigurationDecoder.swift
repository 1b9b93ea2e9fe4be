import HealthChecks
import HealthCore

/// A configuration as values: nothing runs, listens or connects yet.
package struct DecodedConfiguration {
    /// The values of all keys, defaults included.
    package var settings = ExporterSettings()
    /// What is valid in a component and has no effect or is probably not meant so, by its name.
    package var warnings: [String: [String]] = [:]
    /// Components whose own keys say what start-up waits for.
    var componentsWithStartup: Set<String> = []
    /// The keys of the file, where later problems are reported.
    let root: SettingsReader
}

/// Decodes nodes into settings; every problem is added, and decoding goes on.
struct ConfigurationDecoder {
    /// Where every problem is added, with its place in the file.
    let problems: SettingProblems
    /// The paths, files and facts of the machine that keys depend on.
    let inputs: SettingInputs
    /// Environment variables, by name.
    let environment: @Sendable (String) -> String?
    /// What the program registers in code; its checks count towards `limits.checks`.
    let program: ProgramRegistrations
    /// The limits of the configuration that this one replaces.
    let running: LimitsSettings?

    /// The settings; complete only when no problem was added.
    func decode(_ root: SettingNode) -> DecodedConfiguration {
        var inputs = inputs
        inputs.names = names(in: root)
        let reader = reader(root, inputs)
        var settings = ExporterSettings()
        settings.service = IdentityDefaults(variable: environment).settings
        reader.decode(into: &settings)
        var decoded = DecodedConfiguration(settings: settings, root: reader)
        ComponentDecoder(reader, defaults: settings.defaults, program: program).decode(into: &decoded)
        HierarchyDecoder(reader, defaults: settings.defaults.component, program: program)
            .decode(into: &decoded.settings)
        refuseTooManyChecks(decoded.settings, reader)
        return decoded
    }

    private func reader(_ root: SettingNode, _ inputs: SettingInputs) -> SettingsReader {
        SettingsReader(root, path: "", keys: ExporterSettings.descriptions, problems: problems, inputs: inputs)
    }

    /// What references may name, known before anything is decoded.
    private func names(in root: SettingNode) -> KnownNames {
        func keys(_ section: String) -> [String] {
            guard case .map(let sections, _) = root,
                case .map(let entries, _) = sections.first(where: { $0.key == section })?.value
            else { return [] }
            return entries.map(\.key)
        }
        return KnownNames(components: program.components.map(\.name) + keys("components"), groups: keys("groups"))
    }

    private func refuseTooManyChecks(_ settings: ExporterSettings, _ root: SettingsReader) {
        let count =
            settings.components.reduce(0) { $0 + $1.value.checks.count }
            + program.components.reduce(0) { $0 + $1.checks.count }
        let limit = CountLimit(key: "checks", new: settings.limits.checks, running: running?.checks)
        if let message = limit.problem(count, root) { root.problem("components", message) }
    }
}
