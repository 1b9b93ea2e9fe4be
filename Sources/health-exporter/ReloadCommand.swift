import ArgumentParser
import HealthExporter
import NIOHTTP1

/// `reload`: the running exporter loads its configuration anew.
struct ReloadCommand: PrintingCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Load the running exporter's configuration anew; print what changed.",
        discussion: "Exit codes: 0 reloaded, 1 no exporter or no answer, 2 the new configuration is refused."
    )

    /// Where the running exporter is reached.
    @OptionGroup var admin: AdminOptions

    /// What a reload changed.
    private struct Changes: Decodable {
        let added: [String]
        let removed: [String]
        let changed: [String]
        let unchanged: Int
        let restartNeeded: [String]

        private enum CodingKeys: String, CodingKey {
            case added, removed, changed, unchanged
            case restartNeeded = "restart_needed"
        }

        /// One line, and one for each list that is not empty.
        var lines: [String] {
            let lists = [
                ("added", added), ("removed", removed), ("changed", changed), ("restart needed for", restartNeeded),
            ]
            return ["reloaded: \(unchanged) unchanged"]
                + lists.filter { !$1.isEmpty }.map { "\($0): \($1.joined(separator: ", "))" }
        }
    }

    /// Requests a reload; the output lists what it changed.
    func result() async -> CommandResult {
        await admin.result(of: AdminRequest(method: .POST, path: "/-/reload"), result(of:))
    }

    /// What is printed of an answer.
    func result(of answer: AdminClient.Answer) -> CommandResult {
        guard answer.status == 200, let changes = try? AdminJSON.decode(Changes.self, from: answer.body) else {
            return AdminError.result(of: answer, status: answer.status == 400 ? .usage : .failure)
        }
        return CommandResult(output: changes.lines.map { $0.cutForTerminal + "\n" }.joined(), status: .success)
    }
}
