import HealthCore

/// The settings of an `exec` check.
struct ExecSettings: CheckSettings {
    /// How an exit code maps to a status.
    enum ExitCodes: String, CaseIterable, Sendable {
        /// Of the Monitoring Plugins: 0 ok, 1 warning, 2 critical, 3 unknown.
        case plugin
        /// 0 is healthy, every other one unhealthy.
        case simple
    }

    /// The command and its arguments; the command is an absolute path, or a name that is searched for in
    /// ``ExecutableFile/searchPath``.
    var command: [String] = []
    /// Variables besides PATH and LC_ALL, in the order of the file.
    var environment: [SettingEntry<String>] = []
    /// In bytes.
    var maximumOutput = 4096
    /// How the exit code maps to a status.
    var exitCodes = ExitCodes.plugin

    static let keys: [SettingKey<ExecSettings>] = [
        SettingKey(
            "command",
            in: \.command,
            as: .command,
            "The command and its arguments; no shell.",
            traits: .required
        ),
        SettingKey(
            "environment",
            in: \.environment,
            as: .environment,
            "Variables besides PATH and LC_ALL, by name.",
            traits: .secret
        ),
        SettingKey("max_output", in: \.maximumOutput, as: .bytes(1...1_048_576), "How much it may print."),
        SettingKey(
            "exit_codes",
            in: \.exitCodes,
            as: .choice(),
            "plugin: 0 good, 1 degraded, 2 unhealthy, 3 unknown; simple: 0 good."
        ),
    ]

    /// The first word of the command.
    var executable: String { command.first ?? "" }

    /// The words after the first.
    var arguments: [String] { Array(command.dropFirst()) }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        ExecCheck(settings: self, pool: resources.blockingPool, seen: seen)
    }
}

extension SettingType where Value == [String] {
    /// A command and its arguments; a relative path of the command is made absolute.
    fileprivate static var command: SettingType {
        let word = SettingType<String>(.text(maximum: 4096), expected: "text without NUL") { text in
            text.utf8.contains(0) ? nil : text
        }
        let words = SettingType.list(word)
        let read: @Sendable (SettingPlace) -> [String]? = { place in
            guard let words = words.read(place, nil) else { return nil }
            guard let first = words.first, !first.isEmpty else {
                place.problem("expected at least the command itself")
                return nil
            }
            let executable = first.contains("/") ? place.reader.inputs.resolve(path: first) : first
            return [executable] + words.dropFirst()
        }
        return SettingType(words.shape, expected: words.expected, read: read)
    }
}

extension SettingType where Value == [SettingEntry<String>] {
    /// Variables of an environment (environ(7)).
    fileprivate static var environment: SettingType {
        let value = SettingType<String>(.text(maximum: 8192), expected: "a variable's value") { $0 }
        let variables = SettingType.dictionary(value)
        return SettingType(variables.shape) { place in
            guard let entries = variables.read(place, nil) else { return nil }
            for entry in entries where !isVariable(entry) {
                place.problem(
                    "`\(entry.name.cutForDisplay)` is no variable: a name without `=`, a value without NUL"
                )
            }
            return entries
        }
    }

    private static func isVariable(_ entry: SettingEntry<String>) -> Bool {
        !entry.name.isEmpty && !entry.name.contains("=") && !(entry.name + entry.value).utf8.contains(0)
    }
}
