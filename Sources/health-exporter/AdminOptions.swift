import ArgumentParser
import HealthExporter
import NIOHTTP1

/// Where the admin socket is, for the commands that need it.
struct AdminOptions: ParsableArguments {
    /// `--socket`: a path; nil for the automatic place.
    @Option(
        help: ArgumentHelp(
            "The exporter's admin socket; without it where web.admin_socket: auto puts it.",
            valueName: "path"
        )
    )
    var socket: String?

    /// A client of the exporter that the options name.
    var client: AdminClient {
        AdminClient(socket: socket.map { AdminSocketPath($0) } ?? AdminSocketPath(automatic: SystemSources.variable))
    }

    /// Sends a request and makes the result of a command from the answer; without an answer the command fails.
    func result(
        of request: AdminRequest,
        _ make: (AdminClient.Answer) -> CommandResult
    ) async -> CommandResult {
        do throws(AdminClient.Failure) {
            return make(try await client.send(request.method, request.path, body: request.body))
        } catch {
            return CommandResult(errors: error.message + "\n", status: .failure)
        }
    }
}

/// What a command sends to the exporter.
struct AdminRequest: Equatable {
    /// The request method.
    var method = HTTPMethod.GET
    /// The path with its query.
    let path: String
    /// JSON, or empty.
    var body: [UInt8] = []
}

/// The answer to a request that was refused or failed.
struct AdminError: Decodable {
    /// What is wrong.
    let error: String
    /// What would be right.
    let hint: String?
    /// Every error of a configuration, with its place.
    let errors: [String]?

    /// The result of a command that got an answer other than the one it wanted.
    static func result(of answer: AdminClient.Answer, status: ExitStatus) -> CommandResult {
        guard let problem = try? AdminJSON.decode(AdminError.self, from: answer.body) else {
            let message = "the exporter answered with status \(answer.status), and not with JSON that says why\n"
            return CommandResult(errors: message, status: status)
        }
        let lines = [problem.error] + (problem.errors ?? []) + (problem.hint.map { [$0] } ?? [])
        return CommandResult(errors: lines.map { $0.cutForTerminal + "\n" }.joined(), status: status)
    }
}
