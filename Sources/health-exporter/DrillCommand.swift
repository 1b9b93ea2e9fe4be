import ArgumentParser
import HealthExporter
import NIOHTTP1

/// `drill`: shows a component as down for a while, or ends that.
struct DrillCommand: PrintingCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill",
        abstract: "Show a component as unhealthy for a while, to try alerts and runbooks; or end that.",
        discussion: "Exit codes: 0 begun or ended, 1 no exporter or no answer, 2 refused."
    )

    /// As what it is shown.
    enum Status: String, CaseIterable, ExpressibleByArgument {
        case unhealthy, degraded
    }

    /// The body of the request.
    private struct Body: Encodable {
        let status: String
        let `for`: String
        let readiness: Bool
        let reason: String
        let by: String
    }

    /// The name of the component to drill.
    @Argument(help: "The component.")
    var name: String

    /// `--for`: the length of the drill, sent as it is written; the exporter refuses what is no duration.
    @Option(name: .customLong("for"), help: ArgumentHelp("How long, at most 4h.", valueName: "duration"))
    var length = "15m"

    /// `--status`: the status in place of the real one.
    @Option(help: "As what it is shown.")
    var status = Status.unhealthy

    /// `--readiness`: whether the drill may also make the service not ready and switch flags off.
    @Flag(help: "Readiness and flags see it, too.")
    var readiness = false

    /// `--reason`: the purpose that documents show, at most 256 characters.
    @Option(help: ArgumentHelp("Why, for those who see it.", valueName: "text"))
    var reason = ""

    /// `--by`: the person that documents show, at most 256 characters.
    @Option(help: ArgumentHelp("Who does it.", valueName: "name"))
    var by = ""

    /// `--end`: ends a running drill instead of starting one.
    @Flag(help: "End the drill.")
    var end = false

    /// Where the running exporter is reached.
    @OptionGroup var admin: AdminOptions

    /// A POST that starts the drill, or a DELETE that ends it.
    var request: AdminRequest {
        let path = "/api/v1/components/\(AdminJSON.segment(name))/drill"
        if end { return AdminRequest(method: .DELETE, path: path) }
        let body = Body(status: status.rawValue, for: length, readiness: readiness, reason: reason, by: by)
        return AdminRequest(method: .POST, path: path, body: AdminJSON.encode(body))
    }

    /// Sends the request; the output says what it started or ended.
    func result() async -> CommandResult {
        await admin.result(of: request, result(of:))
    }

    /// What is printed of an answer.
    func result(of answer: AdminClient.Answer) -> CommandResult {
        guard answer.status == 200 else {
            return AdminError.result(of: answer, status: (400..<500).contains(answer.status) ? .usage : .failure)
        }
        let output = end ? "\(name): the drill has ended\n" : "\(name): shown as \(status.rawValue) for \(length)\n"
        return CommandResult(output: output, status: .success)
    }
}
