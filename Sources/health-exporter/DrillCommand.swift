import ArgumentParser
import HealthExporter
import NIOHTTP1

/// `drill`: shows a component as down for a while, or ends that.
struct DrillCommand: ExporterCommand {
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
    private struct Request: Encodable {
        let status: String
        let `for`: String
        let readiness: Bool
        let reason: String
        let by: String
    }

    @Argument(help: "The component.")
    var name: String

    @Option(name: .customLong("for"), help: ArgumentHelp("How long, at most 4h.", valueName: "duration"))
    var length = "15m"

    @Option(help: "As what it is shown.")
    var status = Status.unhealthy

    @Flag(help: "Readiness and flags see it, too.")
    var readiness = false

    @Option(help: ArgumentHelp("Why, for those who see it.", valueName: "text"))
    var reason = ""

    @Option(help: ArgumentHelp("Who does it.", valueName: "name"))
    var by = ""

    @Flag(help: "End the drill.")
    var end = false

    @OptionGroup var admin: AdminOptions

    func execute() async -> ExitStatus {
        let path = "/api/v1/components/\(AdminJSON.segment(name))/drill"
        let request = Request(status: status.rawValue, for: length, readiness: readiness, reason: reason, by: by)
        let body = end ? [] : (try? AdminJSON.encode(request)) ?? []
        guard let answer = await admin.send(end ? .DELETE : .POST, path, body: body) else { return .failure }
        guard answer.status == 200 else {
            AdminError.print(answer)
            return (400..<500).contains(answer.status) ? .usage : .failure
        }
        Output.write(end ? "\(name): the drill has ended\n" : "\(name): shown as \(status.rawValue) for \(length)\n")
        return .success
    }
}
