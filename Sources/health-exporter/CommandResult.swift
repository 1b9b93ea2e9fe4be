/// What a command prints, and how the process ends.
struct CommandResult: Equatable {
    /// For standard output.
    var output = ""
    /// For standard error.
    var errors = ""
    /// How the process ends.
    var status: ExitStatus
}

/// A command that prints all it has to say when it is done.
protocol PrintingCommand: ExporterCommand {
    /// Does the work; prints nothing.
    func result() async -> CommandResult
}

extension PrintingCommand {
    /// Does the work, then prints its output and its errors.
    func execute() async -> ExitStatus {
        let result = await result()
        Output.write(result.output)
        Output.write(result.errors, to: 2)
        return result.status
    }
}
