import ArgumentParser
import HealthExporter
import NIOHTTP1

/// `reload`: the running exporter loads its configuration anew.
struct ReloadCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Load the running exporter's configuration anew; print what changed.",
        discussion: "Exit codes: 0 reloaded, 1 no exporter or no answer, 2 the new configuration is refused."
    )

    @OptionGroup var admin: AdminOptions

    /// What a reload came to.
    private struct Reloaded: Decodable {
        let added: [String]
        let removed: [String]
        let changed: [String]
        let unchanged: Int
        let restartNeeded: [String]

        private enum CodingKeys: String, CodingKey {
            case added, removed, changed, unchanged
            case restartNeeded = "restart_needed"
        }
    }

    func execute() async -> ExitStatus {
        guard let answer = await admin.send(.POST, "/-/reload") else { return .failure }
        guard answer.status == 200, let plan = try? AdminJSON.decode(Reloaded.self, from: answer.body) else {
            AdminError.print(answer)
            return answer.status == 400 ? .usage : .failure
        }
        var lines = ["reloaded: \(plan.unchanged) unchanged"]
        let parts = [
            ("added", plan.added), ("removed", plan.removed), ("changed", plan.changed),
            ("restart needed for", plan.restartNeeded),
        ]
        for (title, names) in parts where !names.isEmpty { lines.append("\(title): \(names.joined(separator: ", "))") }
        Output.write(lines.map { $0.cutForTerminal + "\n" }.joined())
        return .success
    }
}
