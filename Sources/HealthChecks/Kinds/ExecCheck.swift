import HealthCore
import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs a command and judges how it ends; there is never a shell between.
struct ExecCheck: HealthCheck {
    /// What exit codes mean.
    enum ExitCodes: String, CaseIterable {
        /// Of the Monitoring Plugins: 0 ok, 1 warning, 2 critical, 3 unknown.
        case plugin
        /// 0 is good, all else is not.
        case simple
    }

    let executable: String
    let arguments: [String]
    let environment: [(name: String, value: String)]
    let maximumOutput: Int
    let exitCodes: ExitCodes
    let pool: BlockingPool
    var seen = SeenText()

    static let exitCode = Measurement(name: "health_exec_exit_code", help: "Exit code of the command's last run.")

    /// Between the polite signal and the one that can't be ignored.
    private static let graceBeforeKill = Duration.milliseconds(200)

    var measurements: [Measurement] { [Self.exitCode] }
    /// Without its arguments: passwords stand there.
    var target: String? { executable }

    func run(_ context: RunContext) async throws -> CheckReport {
        try DescriptorReserve.starts()
        let isStarted = Atomic(false)
        func started() {
            if !isStarted.exchange(true, ordering: .relaxed) { DescriptorReserve.started() }
        }
        defer { started() }
        let nothing = try nullDevice()
        defer { close(nothing.rawValue) }
        let group = ProcessGroup()
        // Whatever the command left behind in its group goes with it, also what a killed leader can no longer take along.
        defer { group.sweep(on: pool, context.phases) }
        let result: ExecutionResult<Void, BytesOutput, FileDescriptorOutput>
        do {
            result = try await Subprocess.run(
                configuration,
                input: .fileDescriptor(nothing, closeAfterSpawningProcess: false),
                output: .bytes(limit: maximumOutput),
                error: .fileDescriptor(nothing, closeAfterSpawningProcess: false)
            ) { execution in
                group.lead(execution.processIdentifier.value)
                started()
            }
        } catch let error as SubprocessError {
            throw failure(error)
        }
        return report(result.terminationStatus, PluginOutput(result.standardOutput, seen))
    }

    /// What the command reads, and where its errors go.
    private func nullDevice() throws -> FileDescriptor {
        do {
            return try unsafe FileDescriptor.open("/dev/null", .readWrite, options: .closeOnExec)
        } catch let error as Errno {
            throw CheckFailure(.internal, "the command can't be started: \(NetworkReasons.text(errno: error.rawValue))")
        }
    }

    private var configuration: Configuration {
        var variables: [Environment.Key: String] = ["PATH": Self.searchPath, "LC_ALL": "C"]
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { variables[key] = value }
        }
        var options = PlatformOptions()
        options.processGroupID = 0
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: Self.graceBeforeKill)
        ]
        return Configuration(
            executable: executable.contains("/") ? .path(FilePath(executable)) : .name(executable),
            arguments: Arguments(arguments),
            environment: .custom(variables),
            platformOptions: options
        )
    }

    static let searchPath =
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/nagios/plugins"

    private func failure(_ error: SubprocessError) -> CheckFailure {
        if error.code == .outputLimitExceeded {
            return CheckFailure(.execOutputLimit, "the command printed more than \(maximumOutput) bytes")
        }
        if let code = error.underlyingError?.rawValue, [EMFILE, ENFILE, ENOMEM, EAGAIN].contains(code) {
            return CheckFailure(.internal, "the command can't be started: \(NetworkReasons.text(errno: code))")
        }
        switch error.code {
        case .executableNotFound: return CheckFailure(.execStart, "there is no command \(executable)")
        case .spawnFailed:
            let why = error.underlyingError.map { ": " + NetworkReasons.text(errno: $0.rawValue) } ?? ""
            return CheckFailure(.execStart, "\(executable) can't be started\(why)")
        default: return CheckFailure(.internal, "watching the command failed: \(error.code)")
        }
    }

    /// What an end and an output mean.
    func report(_ status: TerminationStatus, _ output: PluginOutput) -> CheckReport {
        let code: Int32
        switch status {
        case .signaled(let signal):
            return CheckReport(
                .failure(.execSignal),
                "the command was ended by signal \(signal)",
                details: output.details
            )
        case .exited(let exited): code = exited
        }
        let verdict: CheckReport.Verdict =
            switch (exitCodes, code) {
            case (_, 0): .success
            case (.plugin, 1): .degraded(.execExit)
            case (.plugin, 3): .failure(.internal)
            default: .failure(.execExit)
            }
        let ended = code == 0 ? "exit code 0" : "exit code \(code), expected 0"
        // A plugin's own words say what it found; of any other command the exit code does.
        let message =
            if output.message.isEmpty {
                ended
            } else {
                exitCodes == .plugin || code == 0 ? output.message : "\(ended): \(output.message)"
            }
        return CheckReport(
            verdict,
            message,
            measured: [MeasuredValue(Self.exitCode, Double(code))],
            details: output.details
        )
    }

    static let kind = CheckKind(
        name: "exec",
        summary: "Runs a command, such as a monitoring plugin.",
        keys: [
            SettingKey(
                "command",
                .list(.text(maximum: 4096)),
                "The command and its arguments; no shell.",
                required: true
            ),
            SettingKey(
                "environment",
                .dictionary(.text(maximum: 8192)),
                "Variables besides PATH and LC_ALL, by name.",
                secret: true
            ),
            SettingKey("max_output", .bytes, "How much it may print; default 4KiB."),
            SettingKey(
                "exit_codes",
                .choice(ExitCodes.allCases.map(\.rawValue)),
                "plugin: 0 good, 1 degraded, 2 unhealthy, 3 unknown; simple: 0 good; default plugin."
            ),
        ]
    ) { reader, resources in
        let words = reader.list("command", "text without NUL") { $0.utf8.contains(0) ? nil : $0 }
        let environment = environment(reader)
        let maximumOutput = reader.bytes("max_output", in: 1...1_048_576) ?? 4096
        let exitCodes: ExitCodes = reader.choice("exit_codes") ?? .plugin
        guard let words, let first = words.first, !first.isEmpty else {
            if words != nil { reader.problem("command", "expected at least the command itself") }
            return nil
        }
        return ExecCheck(
            executable: first.contains("/") ? resources.resolve(path: first) : first,
            arguments: Array(words.dropFirst()),
            environment: environment,
            maximumOutput: maximumOutput,
            exitCodes: exitCodes,
            pool: resources.blockingPool,
            seen: reader.seen
        )
    }

    private static func environment(_ reader: SettingsReader) -> [(name: String, value: String)] {
        let variables = reader.dictionary("environment", "a variable's value")
        for (name, value) in variables where name.isEmpty || name.contains("=") || (name + value).utf8.contains(0) {
            reader.problem(
                "environment",
                "`\(name.cutForDisplay)` is no variable: a name without `=`, a value without NUL"
            )
        }
        return variables
    }
}
