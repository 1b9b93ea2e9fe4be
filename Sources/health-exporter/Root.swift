import ArgumentParser
import HealthExporter
import Platform

/// The command line: one file a command, each thin.
struct Root: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "health-exporter",
        abstract: "Runs health checks on a schedule; serves Kubernetes probes and Prometheus metrics.",
        discussion:
            "Without --config it checks the host and itself. Exit codes: 0 after a clean stop, 1 on a failure at run "
            + "time, 2 on a usage or configuration error.",
        version: Build.version,
        subcommands: [
            RunCommand.self, CheckConfigCommand.self, OnceCommand.self, ProbeCommand.self, SchemaCommand.self,
            ObjectivesCommand.self, StatusCommand.self, ReloadCommand.self, DrillCommand.self, StateCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )
}

extension Root {
    /// How a command ends that was not understood.
    ///
    /// Those who run `once` as a plugin read 2 as unhealthy, and containers keep 2 of a health check for themselves.
    static func statusOfMisuse(_ arguments: [String]) -> ExitStatus {
        switch arguments.dropFirst().first {
        case OnceCommand.configuration.commandName: .unknown
        case ProbeCommand.configuration.commandName: .failure
        default: .usage
        }
    }

    /// How a command ends whose rights could not be given up; 1 of `once` would be read as degraded.
    static func statusOfFailure(_ arguments: [String]) -> ExitStatus {
        arguments.dropFirst().first == OnceCommand.configuration.commandName ? .unknown : .failure
    }
}

/// A command that does its work asynchronously and says how the process ends.
protocol ExporterCommand: ParsableCommand {
    /// What the process may keep of its rights; nil for a command that keeps them all, because root uses them on purpose: to open
    /// another user's admin socket.
    var privileges: ProcessPrivileges.Options? { get }

    /// Does the work and prints its results.
    func execute() async -> ExitStatus
}

extension ExporterCommand {
    /// Nil: all are kept.
    var privileges: ProcessPrivileges.Options? { nil }
}

/// How the process ends.
enum ExitStatus: Int32 {
    case success = 0
    case failure = 1
    case usage = 2
    case unknown = 3
}

/// The entry point of the process.
@main
struct Main {
    /// Reads the command line, runs the command that it names and exits with its status.
    ///
    /// Up to its first suspension it runs on the first thread of the process, which is alone until a command starts others.
    static func main() async {
        // Before anything else is opened.
        ProcessFiles.openStandardOnes()
        do {
            let command = try Root.parseAsRoot()
            if let command = command as? any ExporterCommand {
                if let options = command.privileges { try ProcessPrivileges.reduce(options) }
                exit(await command.execute().rawValue)
            }
            var other = command
            try other.run()
        } catch let failure as ProcessPrivileges.Failure {
            Output.write(failure.description + "\n", to: 2)
            exit(Root.statusOfFailure(CommandLine.arguments).rawValue)
        } catch {
            let message = Root.fullMessage(for: error)
            let isRequest = Root.exitCode(for: error) == .success
            Output.write(message + "\n", to: isRequest ? 1 : 2)
            exit(isRequest ? ExitStatus.success.rawValue : Root.statusOfMisuse(CommandLine.arguments).rawValue)
        }
    }
}

/// Writes text to a descriptor, at once and whole.
enum Output {
    /// Writes a text.
    static func write(_ text: String, to descriptor: Int32 = 1) {
        write(Array(text.utf8), to: descriptor)
    }

    /// Ends the process at once, whatever still runs.
    static func end(_ status: ExitStatus) -> Never {
        exit(status.rawValue)
    }

    /// Writes bytes, again and again until all are written or nobody reads.
    static func write(_ bytes: [UInt8], to descriptor: Int32 = 1) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Platform.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return }
        }
    }
}
