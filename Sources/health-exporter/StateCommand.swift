import ArgumentParser
import StateFile

/// `state`: what is in a state file, for people.
struct StateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "state",
        abstract: "Read the file of `state.path`, also while an exporter writes to it.",
        subcommands: [StateCheckCommand.self, StateExportCommand.self, StateBackupCommand.self]
    )
}

/// `state check FILE`: what a state file holds, and whether it is whole.
struct StateCheckCommand: PrintingCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Print what a state file holds, and whether it is whole.",
        discussion: "Exit codes: 0 it is whole, 1 it is damaged, 2 it can't be read."
    )

    /// The file of `state.path`.
    @Argument(help: "The file of state.path.")
    var file: String

    /// Reads the file.
    func result() async -> CommandResult {
        do throws(StateFileProblem) {
            let report = try StateFile.check(path: file)
            return CommandResult(output: "\(report)\n", status: report.isSound ? .success : .failure)
        } catch {
            return CommandResult(errors: "\(error)\n", status: .usage)
        }
    }
}

/// `state export FILE`: everything that a state file holds.
struct StateExportCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print everything that a state file holds, as lines of JSON.",
        discussion: "Exit codes: 0 all of it, 1 the file is damaged, 2 it can't be read."
    )

    /// The file of `state.path`.
    @Argument(help: "The file of state.path.")
    var file: String

    /// As many bytes are written at once.
    private static let maximumWritten = 64 * 1024

    /// Prints the lines as they are read: a file of a year has millions.
    func execute() async -> ExitStatus {
        do throws(StateFileProblem) {
            var lines = ""
            try StateFile.export(path: file) { line in
                lines += line + "\n"
                guard lines.utf8.count >= Self.maximumWritten else { return }
                Output.write(lines)
                lines = ""
            }
            Output.write(lines)
            return .success
        } catch {
            Output.write("\(error)\n", to: 2)
            return error.kind == .damaged ? .failure : .usage
        }
    }
}

/// `state backup FILE COPY`: a copy as of one moment.
struct StateBackupCommand: PrintingCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Copy a state file as of one moment to a path where none is yet.",
        discussion: "Exit codes: 0 it is copied, 2 it can't be."
    )

    /// The file of `state.path`.
    @Argument(help: "The file of state.path.")
    var file: String

    /// Where the copy is to be.
    @Argument(help: "Where the copy is to be; nothing is there yet.")
    var copy: String

    /// Makes the copy.
    func result() async -> CommandResult {
        do throws(StateFileProblem) {
            try StateFile.backup(path: file, to: copy)
            return CommandResult(status: .success)
        } catch {
            return CommandResult(errors: "\(error)\n", status: .usage)
        }
    }
}
