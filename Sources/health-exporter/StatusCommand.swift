import ArgumentParser
import HealthExporter
import NIOHTTP1

/// `status`: what the running exporter knows.
struct StatusCommand: ExporterCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Print what the running exporter knows, messages and measurements included.",
        discussion: "Exit codes: 0 answered, 1 no exporter or no answer, 2 no such component."
    )

    @Argument(help: "A component; all of them when left out.")
    var name: String?

    @Option(help: "How it is printed.")
    var format = OnceCommand.Format.table

    @OptionGroup var admin: AdminOptions

    /// The parts of the document that the table shows.
    private struct Document: Decodable {
        let status: String
        let reason: String?
        let components: [Component]
    }

    private struct Component: Decodable {
        let name: String
        let status: String
        let reason: String?
        let checks: [Check]
    }

    private struct Check: Decodable {
        let name: String
        let kind: String
        let status: String
        let reason: String?
        let target: String?
        let message: String?
        let measurements: [String: Measured]?
    }

    /// A measurement: a number, or one with the time of its measuring.
    private struct Measured: Decodable {
        let value: Double?

        private enum Key: String, CodingKey {
            case value
        }

        init(from decoder: any Decoder) throws {
            if let number = try? decoder.singleValueContainer().decode(Double.self) {
                value = number
            } else {
                value = try? decoder.container(keyedBy: Key.self).decode(Double.self, forKey: .value)
            }
        }
    }

    func execute() async -> ExitStatus {
        let path = name.map { "/api/v1/components/\(AdminJSON.segment($0))" } ?? "/health/detailed"
        guard let answer = await admin.send(.GET, path) else { return .failure }
        // The whole document comes with 503 while the service is not ready; other answers with 503 are errors.
        let isDocument = answer.status == 503 && (try? AdminJSON.decode(Document.self, from: answer.body)) != nil
        guard answer.status == 200 || isDocument else {
            AdminError.print(answer)
            return answer.status == 404 ? .usage : .failure
        }
        guard format == .table else {
            Output.write(answer.text + "\n")
            return .success
        }
        do {
            Output.write(try table(answer.body))
            return .success
        } catch {
            Output.write("the exporter's answer can't be read: \("\(error)".cutForTerminal)\n", to: 2)
            return .failure
        }
    }

    private func table(_ body: [UInt8]) throws -> String {
        let document = name == nil ? try AdminJSON.decode(Document.self, from: body) : nil
        let components = try document?.components ?? [AdminJSON.decode(Component.self, from: body)]
        var rows = [["COMPONENT", "CHECK", "KIND", "STATUS", "REASON", "TARGET", "MESSAGE"]]
        for component in components {
            for check in component.checks {
                let measured = (check.measurements ?? [:]).sorted { $0.key < $1.key }.compactMap { name, measured in
                    measured.value.map { "\(name)=\(JSONWriter.text(of: $0))" }
                }
                let message = ([check.message ?? ""] + measured).filter { !$0.isEmpty }.joined(separator: "; ")
                rows.append([
                    component.name, check.name, check.kind, check.status, check.reason ?? "-", check.target ?? "-",
                    message,
                ])
            }
        }
        let last =
            document.map { "service: \($0.status)\($0.reason.map { " (\($0))" } ?? "")" }
            ?? components.map { "\($0.name): \($0.status)\($0.reason.map { " (\($0))" } ?? "")" }.joined()
        return TerminalTable.render(rows) + "\n\(last.cutForTerminal)\n"
    }
}
