import ArgumentParser
import HealthExporter

/// `status`: what the running exporter knows.
struct StatusCommand: PrintingCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Print what the running exporter knows, messages and measurements included.",
        discussion: "Exit codes: 0 answered, 1 no exporter or no answer, 2 no such component."
    )

    /// The name of a component; nil for the whole service.
    @Argument(help: "A component; all of them when left out.")
    var name: String?

    /// `--format`: a table for people, or the exporter's JSON document.
    @Option(help: "How it is printed.")
    var format = OnceCommand.Format.table

    /// Where the running exporter is reached.
    @OptionGroup var admin: AdminOptions

    /// The document of the whole, or of one component.
    var request: AdminRequest {
        AdminRequest(path: name.map { "/api/v1/components/\(AdminJSON.segment($0))" } ?? "/health/detailed")
    }

    /// Requests the document, and makes the output from it in the format.
    func result() async -> CommandResult {
        await admin.result(of: request, result(of:))
    }

    /// What is printed of an answer.
    func result(of answer: AdminClient.Answer) -> CommandResult {
        // The whole document comes with 503 while the service is not ready; other answers with 503 are errors.
        let isDocument = answer.status == 503 && (try? StatusReport(document: answer.body)) != nil
        guard answer.status == 200 || isDocument else {
            return AdminError.result(of: answer, status: answer.status == 404 ? .usage : .failure)
        }
        guard format == .table else { return CommandResult(output: answer.text + "\n", status: .success) }
        do {
            let report =
                try name == nil ? StatusReport(document: answer.body) : StatusReport(component: answer.body)
            return CommandResult(output: report.table, status: .success)
        } catch {
            let message = "the exporter's answer can't be read: \("\(error)".cutForTerminal)\n"
            return CommandResult(errors: message, status: .failure)
        }
    }
}
