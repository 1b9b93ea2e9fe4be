import HealthCore
import Platform
import Subprocess
import SystemPackage

/// The reasons for which a command did not run to its end.
enum ExecReasons {
    /// The failure of an error of Subprocess.
    static func failure(_ error: SubprocessError, _ settings: ExecSettings) -> CheckFailure {
        if error.code == .outputLimitExceeded {
            return CheckFailure(.execOutputLimit, "the command printed more than \(settings.maximumOutput) bytes")
        }
        if let code = error.underlyingError?.rawValue, [EMFILE, ENFILE, ENOMEM, EAGAIN].contains(code) {
            return shortage(code)
        }
        switch error.code {
        case .executableNotFound: return CheckFailure(.execStart, "there is no command \(settings.executable)")
        case .spawnFailed:
            let why = error.underlyingError.map { ": " + NetworkReasons.text(errno: $0.rawValue) } ?? ""
            return CheckFailure(.execStart, "\(settings.executable) can't be started\(why)")
        default: return CheckFailure(.internal, "watching the command failed: \(error.code)")
        }
    }

    /// The failure of a command for which this process lacks descriptors, memory or processes.
    static func shortage(_ code: Int32) -> CheckFailure {
        CheckFailure(.internal, "the command can't be started: \(NetworkReasons.text(errno: code))")
    }
}
