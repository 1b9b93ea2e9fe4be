import HealthCore
import Subprocess

/// Maps the end of a command to a report.
struct ExecEvaluation: Sendable {
    /// How exit codes map to a status.
    let exitCodes: ExecSettings.ExitCodes

    /// The exit code.
    static let exitCode = Measurement(name: "health_exec_exit_code", help: "Exit code of the command's last run.")

    /// The report on an exit code or a signal, and on what the command printed.
    func report(on status: TerminationStatus, _ output: PluginOutput) -> CheckReport {
        switch status {
        case .signaled(let signal):
            CheckReport(
                .failure(.execSignal),
                "the command was ended by signal \(signal)",
                details: output.details
            )
        case .exited(let code):
            CheckReport(
                verdict(on: code),
                message(code, output.message),
                measured: [MeasuredValue(Self.exitCode, Double(code))],
                details: output.details
            )
        }
    }

    private func verdict(on code: Int32) -> CheckReport.Verdict {
        switch (exitCodes, code) {
        case (_, 0): .success
        case (.plugin, 1): .degraded(.execExit)
        // Unknown: the plugin could not check.
        case (.plugin, 3): .failure(.internal)
        default: .failure(.execExit)
        }
    }

    /// The text of a plugin says what it found; with other commands the exit code comes first.
    private func message(_ code: Int32, _ text: String) -> String {
        let end = code == 0 ? "exit code 0" : "exit code \(code), expected 0"
        if text.isEmpty { return end }
        return exitCodes == .plugin || code == 0 ? text : "\(end): \(text)"
    }
}
