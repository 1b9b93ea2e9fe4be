import HealthChecks
import HealthCore

/// Decodes the `components` section.
struct ComponentDecoder {
    private let root: SettingsReader
    private let program: ProgramRegistrations
    private let defaults: DefaultsSettings
    private let checkDecoder: CheckDecoder

    /// - Parameters:
    ///   - root: the keys of the whole file.
    ///   - defaults: what components and checks get for keys that they leave out.
    ///   - program: what the program registers in code; the file must not use its names.
    init(_ root: SettingsReader, defaults: DefaultsSettings, program: ProgramRegistrations) {
        self.root = root
        self.program = program
        self.defaults = defaults
        checkDecoder = CheckDecoder(
            defaults: defaults,
            defaultsReader: root.object("defaults", keys: DefaultsSettings.descriptions)
        )
    }

    /// Appends the components of the file with the warnings about them; adds a problem where something is wrong.
    func decode(into decoded: inout DecodedConfiguration) {
        let registered = registeredByProgram()
        if root.node("components")?.isEmptyMap == true, program.components.isEmpty {
            root.problem("components", "expected at least one component")
        }
        var names: Set<String> = []
        for entry in root.entries("components") {
            let keys = ComponentSettings.descriptions
            let reader = root.reader(of: entry, in: "components", what: "component", keys: keys)
            if entry.value.isNull { continue }
            let component = component(entry, reader, into: &decoded)
            if registered.contains(entry.key) {
                let message = "`\(entry.key)` is registered by the program itself"
                root.problems.add(.init(position: entry.position, path: root.path(of: "components"), message))
            } else if names.insert(entry.key).inserted {
                decoded.settings.components.append(SettingEntry(entry.key, component))
            }
        }
    }

    /// The names of the program's components; what is wrong with them is reported.
    private func registeredByProgram() -> Set<String> {
        for message in ProgramProblems(program).messages {
            root.problem("components", "registered by the program: \(message)")
        }
        var registry = CheckRegistry()
        for component in program.components {
            do throws(RegistryError) {
                try registry.add(component)
            } catch {
                root.problem("components", "registered by the program: \(error)")
            }
        }
        return Set(program.components.map(\.name))
    }

    private func component(
        _ entry: SettingNode.Entry,
        _ reader: SettingsReader,
        into decoded: inout DecodedConfiguration
    ) -> ComponentSettings {
        var component = ComponentSettings()
        component.common = defaults.component
        reader.decode(into: &component)
        let checks = reader.entries("checks").compactMap { check in
            checkDecoder.decode(check, of: reader).map { (check.key, $0) }
        }
        if reader.node("checks")?.isEmptyMap == true { reader.problem("checks", "expected at least one check") }
        component.checks = checks.map { SettingEntry($0, $1.check) }
        decoded.warnings[entry.key] = checks.flatMap(\.1.warnings)
        if reader.has("startup") { decoded.componentsWithStartup.insert(entry.key) }
        return component
    }
}
