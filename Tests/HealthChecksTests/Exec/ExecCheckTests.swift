import HealthCore
import Platform
import Testing

@testable import HealthChecks

/// Commands of the machine: how they are started, how they end, and what becomes of their output.
@Suite(.timeLimit(.minutes(5)))
struct ExecCheckTests {
    private static func check(
        _ command: [String],
        _ keys: [(String, SettingNode)] = [],
        _ resources: CheckResources = KindRun.resources()
    ) throws -> ExecCheck {
        let words = SettingNode.list(command.map { .text($0) }, .start)
        let made = KindRun.make("exec", [("command", words)] + keys, resources)
        return try #require(made.check as? ExecCheck, "\(made.problems)")
    }

    private static func result(_ command: [String], _ keys: [(String, SettingNode)] = []) async throws -> RunResult {
        try #require(await KindRun.run(try check(command, keys)))
    }

    private static func shell(_ script: String, _ keys: [(String, SettingNode)] = []) async throws -> RunResult {
        try await result(["sh", "-c", script], keys)
    }

    @Test(
        arguments: [
            ("plugin", 0, .success, nil, "text"), ("plugin", 1, .degraded, .execExit, "text"),
            ("plugin", 2, .failure, .execExit, "text"), ("plugin", 3, .internal, .internal, "text"),
            ("plugin", 4, .failure, .execExit, "text"), ("plugin", 255, .failure, .execExit, "text"),
            ("simple", 0, .success, nil, "text"), ("simple", 1, .failure, .execExit, "exit code 1, expected 0: text"),
            ("simple", 3, .failure, .execExit, "exit code 3, expected 0: text"),
        ] as [(String, Int, ResultKind, FailureReason?, String)]
    )
    func anExitCodeHasItsKindOfResult(
        codes: String,
        code: Int,
        kind: ResultKind,
        reason: FailureReason?,
        message: String
    ) async throws {
        let result = try await Self.shell("echo text; exit \(code)", [("exit_codes", .text(codes))])
        #expect(result.kind == kind && result.reason == reason && result.message == message)
        #expect(result.measured.map(\.value) == [Double(code)])
    }

    @Test(arguments: [("true", "exit code 0"), ("false", "exit code 1, expected 0")])
    func aCommandThatPrintsNothingIsDescribedByItsExitCode(command: String, message: String) async throws {
        #expect(try await Self.result([command]).message == message)
    }

    @Test(arguments: [9, 15])
    func aSignalIsNoExitCode(signal: Int) async throws {
        let result = try await Self.shell("echo 'x | a=1'; kill -\(signal) $$")
        #expect(result.kind == .failure && result.reason == .execSignal && result.measured.isEmpty)
        #expect(result.message == "the command was ended by signal \(signal)")
        #expect(result.details == [.init("a", "1", number: 1)])
    }

    @Test func outputMayBeAsLongAsItsLimitAndNoLonger() async throws {
        let limit: [(String, SettingNode)] = [("max_output", .text("100"))]
        let fitting = try await Self.shell("printf '%0100d' 0", limit)
        #expect(fitting.kind == .success && fitting.message == String(repeating: "0", count: 100))
        let longer = try await Self.shell("printf '%0101d' 0", limit)
        #expect(longer.kind == .failure && longer.reason == .execOutputLimit)
        #expect(longer.message == "the command printed more than 100 bytes")
        let endless = try await Self.result(["cat", "/dev/zero"])
        #expect(endless.reason == .execOutputLimit && endless.message == "the command printed more than 4096 bytes")
    }

    @Test func thereIsNoShellBetween() async throws {
        let result = try await Self.result(["printf", "%s", "$HOME; exit 1 `id` *"])
        #expect(result.kind == .success && result.message == "$HOME; exit 1 `id` *")
    }

    @Test func standardErrorIsDroppedAndStandardInputIsEmpty() async throws {
        let result = try await Self.shell("echo bad >&2; cat; echo good")
        #expect(result.message == "good")
    }

    @Test func theEnvironmentIsPathLocaleAndTheConfiguredVariables() async throws {
        let plain = try await Self.shell(
            "/usr/bin/env | grep -v '^PWD=\\|^SHLVL=\\|^_=\\|^OLDPWD=' | sort | tr '\\n' ' '"
        )
        #expect(plain.message == "LC_ALL=C PATH=\(ExecutableFile.searchPath) ")
        let keys: [(String, SettingNode)] = [("environment", .map([("SHOP", "a b"), ("LC_ALL", "x")]))]
        let configured = try await Self.shell("echo \"$SHOP $LC_ALL\"", keys)
        #expect(configured.message == "a b x")
    }

    @Test(arguments: [
        (["no-such-command-x"], "there is no command no-such-command-x"),
        (["/nonexistent/x"], "there is no command /nonexistent/x"),
    ])
    func aCommandThatIsNotThereCanNotBeStarted(command: [String], message: String) async throws {
        let result = try await Self.result(command)
        #expect(result.kind == .failure && result.reason == .execStart)
        #expect(result.message.hasPrefix(message) || result.message.hasPrefix("\(command[0]) can't be started"))
    }

    @Test(arguments: ["/etc/hosts", "/etc"])
    func aFileThatIsNoProgramCanNotBeStarted(path: String) async throws {
        let result = try await Self.result([path])
        #expect(result.kind == .failure && result.reason == .execStart, "\(result.message)")
        #expect(result.message.contains(path))
    }

    @Test(
        arguments: [
            ("sh", nil), ("/bin/sh", nil),
            ("no-such-command-x", "there is no command no-such-command-x in \(ExecutableFile.searchPath)"),
            ("/nonexistent/x", "there is no command /nonexistent/x"),
            ("/etc", "/etc is no file that could be executed"),
            ("/proc/self/status", "/proc/self/status is not executable"),
        ] as [(String, String?)]
    )
    func whatKeepsACommandFromStartingIsKnownBefore(command: String, obstacle: String?) throws {
        #expect(try Self.check([command]).foreseeableFailures == (obstacle.map { [$0] } ?? []))
    }

    @Test func aRelativePathCountsFromTheFolderOfTheConfiguration() throws {
        let check = try Self.check(["./check.sh", "./x"])
        #expect(check.settings.executable == "././check.sh" && check.settings.arguments == ["./x"])
        #expect(try Self.check(["check.sh"]).settings.executable == "check.sh")
    }

    @Test(
        arguments: [
            ([], [], "expected at least the command itself"), ([""], [], "expected at least the command itself"),
            (["a\0b"], [], "expected text without NUL, found `a\\u{0}b`"),
            (
                ["a"], [("environment", .map([("A=B", "1")]))],
                "`A=B` is no variable: a name without `=`, a value without NUL"
            ),
            (
                ["a"], [("environment", .map([("A", "1\0")]))],
                "`A` is no variable: a name without `=`, a value without NUL"
            ),
        ] as [([String], [(String, SettingNode)], String)]
    )
    func aMalformedCommandOrVariableIsRefused(command: [String], keys: [(String, SettingNode)], problem: String) {
        let words = SettingNode.list(command.map { .text($0) }, .start)
        #expect(KindRun.make("exec", [("command", words)] + keys).problems.contains(problem))
    }

    @Test func whatTheCommandLeavesRunningIsKilled() async throws {
        let resources = KindRun.resources()
        let check = try Self.check(["sh", "-c", "sleep 300 >/dev/null & echo $!"], [], resources)
        let result = try #require(await KindRun.run(check))
        let process = try #require(Int32(result.message), "\(result.message)")
        // The first of a PID namespace reaps it itself, anywhere else another process does.
        while Self.runs(process) { try? await Task.sleep(for: .milliseconds(1)) }
        #expect(result.kind == .success)
    }

    /// Whether a process is there and no zombie (proc_pid_stat(5)).
    private static func runs(_ process: Int32) -> Bool {
        guard let bytes = SmallFile.read("/proc/\(process)/stat", limit: 4096) else { return false }
        let text = String(decoding: bytes, as: UTF8.self)
        let state = text.lastIndex(of: ")").flatMap { text[$0...].split(separator: " ").dropFirst().first }
        return state != "Z" && state != "X"
    }
}
