import HealthCore
import Platform

/// Checks whether required environment variables and files are there and not empty.
struct EnvironmentCheck: HealthCheck {
    /// The variables and files that must be there.
    let settings: EnvironmentSettings
    /// The value of an environment variable by its name; nil when it is not set.
    let environment: @Sendable (String) -> String?
    /// Reads the files.
    let pool: BlockingPool

    /// How many of the required variables and files are missing or empty.
    static let missing = Measurement(
        name: "health_environment_missing",
        help: "Required environment variables and files that are missing or empty."
    )

    /// The number of missing variables and files.
    var measurements: [Measurement] { [Self.missing] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let files = settings.files
        let missingFiles = try await pool.run(context.phases, about: "environment \(files)") {
            files.filter { SmallFile.read($0, limit: 1)?.isEmpty ?? true }
        }
        if !missingFiles.isEmpty, ProcessFiles.areUsedUp { throw CheckFailure(.internal, ProcessFiles.usedUpMessage) }
        let missing = settings.required.filter { (environment($0) ?? "").isEmpty } + missingFiles
        let measured = [MeasuredValue(Self.missing, Double(missing.count))]
        if missing.isEmpty { return CheckReport(.success, "all are present", measured: measured) }
        return CheckReport(
            .failure(.missing),
            "missing or empty: \(missing.joined(separator: ", "))",
            measured: measured
        )
    }

    /// The kind `environment`.
    static let kind = CheckKind(
        name: "environment",
        summary: "Checks whether required environment variables and files are there.",
        measurements: [missing],
        settings: EnvironmentSettings.self
    )
}

/// The settings of an `environment` check.
struct EnvironmentSettings: CheckSettings {
    var required: [String] = []
    var files: [String] = []

    static let keys: [SettingKey<EnvironmentSettings>] = [
        SettingKey(
            "required",
            in: \.required,
            as: .list(.variableName),
            "Names of environment variables that must not be empty."
        ),
        SettingKey("files", in: \.files, as: .list(.path), "Files that must be readable and not empty."),
    ]

    func validate(_ reader: SettingsReader) {
        if !reader.has("required") && !reader.has("files") { reader.problem("expected `required`, `files` or both") }
    }

    func makeCheck(_ resources: CheckResources, seen: SeenText) -> any HealthCheck {
        EnvironmentCheck(settings: self, environment: resources.environment, pool: resources.blockingPool)
    }
}

extension SettingType where Value == String {
    fileprivate static var variableName: SettingType {
        SettingType(.text(maximum: 256), expected: "the name of an environment variable") { text in
            text.isEmpty || text.contains("=") || text.hasControlCharacters ? nil : text
        }
    }
}
