import HealthChecks
import HealthCore

/// Turns the `components` section into a registry.
struct ComponentDecoder {
    private let defaults: SettingsReader
    private let componentDefaults: SettingsReader
    private let resources: CheckResources
    private let program: ProgramRegistrations
    private let checkDecoder: CheckDecoder
    /// How many checks the running configuration may have.
    private let runningLimit: Int?

    init(
        defaults: SettingsReader,
        resources: CheckResources,
        program: ProgramRegistrations,
        replacing old: ExporterConfiguration?
    ) {
        self.defaults = defaults
        checkDecoder = CheckDecoder(
            defaults: defaults,
            resources: resources,
            heartbeats: old?.registry.heartbeats ?? [:]
        )
        runningLimit = old?.limits.checks
        self.resources = resources
        self.program = program
        componentDefaults = defaults.object("component", keys: ConfigurationKeys.componentCommon)
    }

    func decode(_ root: SettingsReader, into configuration: inout ExporterConfiguration) {
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
        let entries = root.entries("components")
        if root.node("components")?.isEmptyMap == true, program.components.isEmpty {
            root.problem("components", "expected at least one component")
        }
        for entry in entries {
            Self.checkName(entry, "component", root.path(of: "components"), root.problems)
            // Before their files are read: a change in between is then seen as one.
            noteMeanings(entry, into: &configuration)
            guard let component = component(entry, root, &configuration.warnings) else { continue }
            do throws(RegistryError) {
                try registry.add(component)
            } catch {
                // Duplicate keys were noted where they stand.
                if program.components.contains(where: { $0.name == entry.key }) {
                    let message = "`\(entry.key)` is registered by the program itself"
                    root.problems.add(.init(position: entry.position, path: root.path(of: "components"), message))
                }
            }
        }
        if !program.components.isEmpty {
            for name in registry.disputedMeasurements {
                let message = "two checks describe the measurement `\(name.cutForDisplay)` in different words"
                root.problem("components", "registered by the program: \(message)")
            }
        }
        let limit = CountLimit(key: "checks", new: configuration.limits.checks, running: runningLimit)
        if let message = limit.problem(registry.checkCount, root) { root.problem("components", message) }
        HierarchyDecoder(root, componentDefaults: componentDefaults, program: program).decode(into: &registry)
        // Read once, so that what is wrong in the defaults is told even when no check uses them.
        _ = CheckTiming(defaults, defaults: defaults)
        configuration.registry = registry
    }

    /// What each check of a component is made from: its own words, the defaults, and what its files hold.
    private func noteMeanings(_ component: SettingNode.Entry, into configuration: inout ExporterConfiguration) {
        guard case .map(let keys, _) = component.value,
            case .map(let checks, _) = keys.first(where: { $0.key == "checks" })?.value
        else { return }
        for check in checks {
            let defaults = defaults.meaning(leavingOut: Self.ownKeys(of: check.value).union(["component"]))
            let files = TLSOptions.paths(in: check.value).map { SourceFile(path: resources.resolve(path: $0)) }
            let contents = files.map { "\($0.hash ?? 0)" }.joined(separator: ",")
            let id = CheckID(component: component.key, check: check.key)
            configuration.meanings[id] = "\(check.value.meaning) \(defaults) \(contents)"
            for file in files where !configuration.files.contains(where: { $0.path == file.path }) {
                configuration.files.append(file)
            }
        }
    }

    /// The keys that a check gives itself, so that a default of that name means nothing to it; maps are mixed with theirs.
    private static func ownKeys(of check: SettingNode) -> Set<String> {
        guard case .map(let entries, _) = check else { return [] }
        return Set(entries.compactMap { if case .map = $0.value { nil } else { $0.key } })
    }

    /// Notes a name that is none.
    static func checkName(_ entry: SettingNode.Entry, _ what: String, _ path: String, _ problems: SettingProblems) {
        guard !SettingText.isName(entry.key) else { return }
        let message =
            "`\(entry.key.cutForDisplay)` is no name of a \(what): 1 to 63 of a-z, 0-9, `.`, `_`, `-`, "
            + "a letter or digit first and last"
        problems.add(SettingProblem(position: entry.position, path: path, message))
    }

    private func component(
        _ entry: SettingNode.Entry,
        _ root: SettingsReader,
        _ warnings: inout [String: [String]]
    ) -> ComponentRegistration? {
        let path = "\(root.path(of: "components")).\(entry.key.cutForDisplay)"
        let reader = SettingsReader(entry.value, path: path, keys: ConfigurationKeys.component, problems: root.problems)
        if entry.value.isNull { return nil }
        let decoded = reader.entries("checks").compactMap { checkDecoder.decode($0, component: entry.key, reader) }
        let checks = decoded.map(\.registration)
        if reader.node("checks")?.isEmptyMap == true {
            reader.problem("checks", "expected at least one check")
        }
        func either<Value>(_ read: (SettingsReader) -> Value?) -> Value? { read(reader) ?? read(componentDefaults) }
        let startup: StartupRequirement? = either { $0.choice("startup") }
        warnings[entry.key] = decoded.flatMap(\.warnings)
        if reader.has("startup"), startup != StartupRequirement.none, !checks.contains(where: \.check.holdsUpStartup) {
            let warning = "`startup` has no effect: start-up never waits for heartbeats, and there is nothing else"
            warnings[entry.key]?.append(warning)
        }
        return ComponentRegistration(
            name: entry.key,
            impact: either { $0.choice("impact") } ?? .critical,
            scope: either { $0.choice("scope") } ?? .local,
            owner: either { $0.text("owner") },
            runbook: either { Self.runbook($0) },
            objective: either { objective($0) } ?? 0.99,
            // What is wrong with them is noted together with groups.
            dependencies: Self.names(reader.node("depends_on")),
            startup: startup,
            buckets: either { buckets($0) },
            checks: checks
        )
    }

    private static func names(_ node: SettingNode?) -> [String] {
        guard case .list(let items, _) = node else { return [] }
        return items.compactMap { if case .scalar(let scalar, _) = $0 { scalar.text } else { nil } }
    }

    /// The address of a page for people.
    static func runbook(_ reader: SettingsReader) -> String? {
        var hasUser = false
        let text = reader.value("runbook", "an http or https URL of at most 256 characters") { text in
            do throws(RunbookAddress.Problem) {
                _ = try RunbookAddress(text)
                return text
            } catch {
                hasUser = error == .hasUser
                return hasUser ? text : nil
            }
        }
        guard hasUser else { return text }
        // The text is not quoted: it may hold a password.
        reader.problem("runbook", "a user or password does not belong here: everybody may read it")
        return nil
    }

    private func objective(_ reader: SettingsReader) -> Double? {
        reader.value("objective", "a ratio above 0 and at most 1, such as 99.5%") { text in
            SettingText.ratio(text).flatMap { $0 > 0 ? $0 : nil }
        }
    }

    private func buckets(_ reader: SettingsReader) -> [Duration]? {
        guard let bounds = reader.list("buckets", "a number of seconds above 0, such as 0.005", Double.init) else {
            return nil
        }
        let isAscending = zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 }
        guard isAscending, bounds.allSatisfy({ $0 >= 1e-6 && $0 <= 86_400 }), (1...50).contains(bounds.count) else {
            reader.problem("buckets", "expected 1 to 50 ascending bounds from 0.000001 to 86400 seconds")
            return nil
        }
        return bounds.map { .nanoseconds(Int64(($0 * 1e9).rounded())) }
    }
}
