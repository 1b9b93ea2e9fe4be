#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension ExecCheck: InspectableCheck {
    /// The command can't be started: it isn't there, or is nothing that may be executed.
    var foreseeableFailures: [String] {
        guard !executable.contains("/") else { return Self.obstacle(to: executable).map { [$0] } ?? [] }
        let isFound = Self.searchPath.split(separator: ":").contains { Self.obstacle(to: "\($0)/\(executable)") == nil }
        return isFound ? [] : ["there is no command \(executable) in \(Self.searchPath)"]
    }

    /// What keeps a file from being executed; nil when nothing does.
    private static func obstacle(to path: String) -> String? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else { return "there is no command \(path)" }
        guard facts.st_mode & S_IFMT == S_IFREG else { return "\(path) is no file that could be executed" }
        return unsafe access(path, X_OK) == 0 ? nil : "\(path) is not executable"
    }
}
