import HealthCore
import Platform
import Subprocess
import Synchronization
import SystemPackage

/// Runs a command without a shell, and evaluates its exit code and output.
struct ExecCheck: HealthCheck {
    /// The kind `exec`.
    static let kind = CheckKind(
        name: "exec",
        summary: "Runs a command, such as a monitoring plugin.",
        measurements: [ExecEvaluation.exitCode],
        settings: ExecSettings.self
    )

    /// The command, and what its exit codes mean.
    let settings: ExecSettings
    /// Reaps what a command left behind.
    let pool: BlockingPool
    /// Quotes the output.
    let seen: SeenText

    /// Between SIGTERM and SIGKILL at the deadline.
    private static let graceBeforeKill = Duration.milliseconds(200)

    /// The exit code.
    var measurements: [Measurement] { [ExecEvaluation.exitCode] }
    /// Without its arguments: they may hold passwords.
    var target: String? { settings.executable }

    func run(_ context: RunContext) async throws -> CheckReport {
        try DescriptorReserve.starts()
        let isStarted = Atomic(false)
        func started() {
            if !isStarted.exchange(true, ordering: .relaxed) { DescriptorReserve.started() }
        }
        defer { started() }
        let null = try nullDevice()
        defer { close(null.rawValue) }
        let group = ProcessGroup()
        // Ends what the command left running in its group, and what its leader could not end because it was killed.
        defer { group.sweep(on: pool, context.phases) }
        let result: ExecutionResult<Void, BytesOutput, FileDescriptorOutput>
        do {
            result = try await Subprocess.run(
                configuration,
                input: .fileDescriptor(null, closeAfterSpawningProcess: false),
                output: .bytes(limit: settings.maximumOutput),
                error: .fileDescriptor(null, closeAfterSpawningProcess: false)
            ) { execution in
                group.lead(execution.processIdentifier.value)
                started()
            }
        } catch let error as SubprocessError {
            throw ExecReasons.failure(error, settings)
        }
        let output = PluginOutput(result.standardOutput, seen)
        return ExecEvaluation(exitCodes: settings.exitCodes).report(on: result.terminationStatus, output)
    }

    /// The standard input and standard error of the command.
    private func nullDevice() throws -> FileDescriptor {
        do {
            return try unsafe FileDescriptor.open("/dev/null", .readWrite, options: .closeOnExec)
        } catch let error as Errno {
            throw ExecReasons.shortage(error.rawValue)
        }
    }

    private var configuration: Configuration {
        var variables: [Environment.Key: String] = ["PATH": ExecutableFile.searchPath, "LC_ALL": "C"]
        for entry in settings.environment {
            if let key = Environment.Key(rawValue: entry.name) { variables[key] = entry.value }
        }
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.graceBeforeKill)
        ]
        let executable = settings.executable
        return Configuration(
            executable: executable.contains("/") ? .path(FilePath(executable)) : .name(executable),
            arguments: Arguments(settings.arguments),
            environment: .custom(variables),
            platformOptions: options
        )
    }
}

extension ExecCheck: InspectableCheck {
    var foreseeableFailures: [String] { ExecutableFile.obstacle(to: settings.executable).map { [$0] } ?? [] }
}
