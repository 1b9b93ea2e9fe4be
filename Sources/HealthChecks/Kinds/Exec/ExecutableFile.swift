import Platform

/// The file of a command.
enum ExecutableFile {
    /// The value of PATH for every command, and where a command without a slash is searched for.
    static let searchPath =
        "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/nagios/plugins"

    /// Why a command can't be started, in one sentence; nil when it can.
    ///
    /// - Parameter command: a path, or a name to search for.
    static func obstacle(to command: String) -> String? {
        guard !command.contains("/") else { return obstacle(toPath: command) }
        let isFound = searchPath.split(separator: ":").contains { obstacle(toPath: "\($0)/\(command)") == nil }
        return isFound ? nil : "there is no command \(command) in \(searchPath)"
    }

    private static func obstacle(toPath path: String) -> String? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return "there is no command \(path)" }
        guard status.st_mode & S_IFMT == S_IFREG else { return "\(path) is no file that could be executed" }
        return unsafe access(path, X_OK) == 0 ? nil : "\(path) is not executable"
    }
}
