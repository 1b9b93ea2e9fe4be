import HealthCore

/// Looks whether required environment variables and files are there and not empty.
struct EnvironmentCheck: HealthCheck {
    let required: [String]
    let files: [String]
    let environment: @Sendable (String) -> String?
    let pool: BlockingPool

    static let missing = Measurement(
        name: "health_environment_missing",
        help: "Required environment variables and files that are missing or empty."
    )

    var measurements: [Measurement] { [Self.missing] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let files = files
        let missingFiles = try await pool.run(context.phases, about: "environment \(files)") {
            files.filter { SmallFile.read($0, limit: 1)?.isEmpty ?? true }
        }
        if !missingFiles.isEmpty, ProcessFiles.areUsedUp { throw CheckFailure(.internal, ProcessFiles.usedUpMessage) }
        let missing = required.filter { (environment($0) ?? "").isEmpty } + missingFiles
        let measured = [MeasuredValue(Self.missing, Double(missing.count))]
        if missing.isEmpty { return CheckReport(.success, "all are present", measured: measured) }
        return CheckReport(
            .failure(.missing),
            "missing or empty: \(missing.joined(separator: ", "))",
            measured: measured
        )
    }

    private static func variableName(_ text: String) -> String? {
        text.isEmpty || text.contains("=") || text.hasControlCharacters ? nil : text
    }

    static let kind = CheckKind(
        name: "environment",
        summary: "Looks whether required environment variables and files are there.",
        keys: [
            SettingKey(
                "required",
                .list(.text(maximum: 256)),
                "Names of environment variables that must not be empty."
            ),
            SettingKey("files", .list(.path), "Files that must be readable and not empty."),
        ]
    ) { reader, resources in
        let required = reader.list("required", "the name of an environment variable", Self.variableName) ?? []
        let files = reader.paths("files") ?? []
        if !reader.has("required") && !reader.has("files") {
            reader.problems.add(
                .init(position: reader.position, path: reader.path, "expected `required`, `files` or both")
            )
        }
        return EnvironmentCheck(
            required: required,
            files: files.map { resources.resolve(path: $0) },
            environment: resources.environment,
            pool: resources.blockingPool
        )
    }
}
