import ArgumentParser
import Platform

/// What a command that runs checks may keep of its rights.
struct PrivilegeOptions: ParsableArguments {
    /// `--privileged-commands`.
    @Flag(help: "Let commands of exec checks gain rights: by setuid bits, by capabilities, as root.")
    var privilegedCommands = false

    /// `--core-dumps`.
    @Flag(help: "Allow core dumps, which hold secrets, and debuggers of the same user.")
    var coreDumps = false

    /// The same for the process.
    var options: ProcessPrivileges.Options {
        ProcessPrivileges.Options(commandsArePrivileged: privilegedCommands, allowsCoreDumps: coreDumps)
    }
}
