import ArgumentParser
import Foundation
import Testing

@testable import health_exporter

/// How a command ends; swift-testing has a type of the same name.
typealias ExitStatus = health_exporter.ExitStatus

/// `status`, `reload` and `drill`: what they send, what they print, and how they end.
struct AdminCommandTests {
    private static func result(
        _ arguments: [String],
        status: String = "200 OK",
        _ body: String
    ) async throws -> (result: CommandResult, request: String) {
        let server = try await AdminServer(status: status, body)
        let command = try Root.parseAsRoot(arguments + ["--socket", server.path])
        let result = await (try #require(command as? any PrintingCommand)).result()
        try await server.stop()
        return (result, server.requests.first ?? "")
    }

    private static let notFound = #"{"error":"no such component","hint":"GET /api/v1/components lists them"}"#
    private static let refused =
        #"{"error":"the configuration is wrong","hint":"nothing changed","errors":["a.yaml:1:2: x","a.yaml:3:4: \u001by"]}"#

    @Test(
        arguments: [
            (["status"], "GET /health/detailed "), (["status", "db"], "GET /api/v1/components/db "),
            (["status", "a b/c"], "GET /api/v1/components/a%20b%2Fc "), (["reload"], "POST /-/reload "),
            (["drill", "db"], "POST /api/v1/components/db/drill "),
            (["drill", "db", "--end"], "DELETE /api/v1/components/db/drill "),
        ]
    )
    func eachCommandHasItsRequest(arguments: [String], start: String) async throws {
        #expect(try await Self.result(arguments, "{}").request.hasPrefix(start + "HTTP/1.1\r\n"))
    }

    @Test(
        arguments: [
            (
                ["drill", "db"],
                #"{"by":"","for":"15m","readiness":false,"reason":"","status":"unhealthy"}"#
            ),
            (
                [
                    "drill", "db", "--for", "1h30m", "--status", "degraded", "--readiness", "--by", "ada", "--reason",
                    "say \"hi\"",
                ],
                #"{"by":"ada","for":"1h30m","readiness":true,"reason":"say \"hi\"","status":"degraded"}"#
            ),
            (["drill", "db", "--end", "--by", "ada"], ""),
        ]
    )
    func aDrillSendsItsOptions(arguments: [String], body: String) async throws {
        let command = try #require(try Root.parseAsRoot(arguments) as? DrillCommand)
        #expect(String(decoding: command.request.body, as: UTF8.self) == body)
    }

    @Test(
        arguments: [
            (["drill", "db"], "db: shown as unhealthy for 15m\n"),
            (["drill", "db", "--status", "degraded", "--for", "2h"], "db: shown as degraded for 2h\n"),
            (["drill", "db", "--end"], "db: the drill has ended\n"),
        ]
    )
    func aDrillThatWasAcceptedSaysSo(arguments: [String], output: String) async throws {
        #expect(try await Self.result(arguments, "{}").result == CommandResult(output: output, status: .success))
    }

    @Test(
        arguments: [
            ("drill db", "404 Not Found", ExitStatus.usage), ("drill db", "400 Bad Request", .usage),
            ("drill db", "403 Forbidden", .usage), ("drill db", "500 Internal Server Error", .failure),
            ("drill db", "503 Service Unavailable", .failure),
            ("status db", "404 Not Found", .usage), ("status db", "403 Forbidden", .failure),
            ("status", "503 Service Unavailable", .failure), ("status", "500 Internal Server Error", .failure),
            ("reload", "400 Bad Request", .usage), ("reload", "403 Forbidden", .failure),
            ("reload", "503 Service Unavailable", .failure),
        ]
    )
    func anErrorIsPrintedAndEndsTheCommand(arguments: String, status: String, expected: ExitStatus) async throws {
        let words = arguments.split(separator: " ").map(String.init)
        let result = try await Self.result(words, status: status, Self.notFound).result
        #expect(
            result
                == CommandResult(
                    errors: "no such component\nGET /api/v1/components lists them\n",
                    status: expected
                )
        )
    }

    @Test func aRefusedConfigurationIsPrintedWithEveryError() async throws {
        let result = try await Self.result(["reload"], status: "400 Bad Request", Self.refused).result
        #expect(
            result
                == CommandResult(
                    errors: "the configuration is wrong\na.yaml:1:2: x\na.yaml:3:4:  y\nnothing changed\n",
                    status: .usage
                )
        )
    }

    @Test(arguments: ["", "not JSON", "[]", #"{"message":"x"}"#])
    func anErrorWithoutAReasonIsSaidWithItsStatus(body: String) async throws {
        let result = try await Self.result(["status"], status: "502 Bad Gateway", body).result
        #expect(
            result
                == CommandResult(
                    errors: "the exporter answered with status 502, and not with JSON that says why\n",
                    status: .failure
                )
        )
    }

    @Test(
        arguments: [
            (
                #"{"added":[],"removed":[],"changed":[],"unchanged":7,"restart_needed":[]}"#,
                "reloaded: 7 unchanged\n"
            ),
            (
                #"{"added":["a/x","b/y"],"removed":["c/z"],"changed":["d/w"],"unchanged":0,"restart_needed":["web.listen"]}"#,
                """
                reloaded: 0 unchanged
                added: a/x, b/y
                removed: c/z
                changed: d/w
                restart needed for: web.listen

                """
            ),
            (
                #"{"added":["a\nb\u001b[1m"],"removed":[],"changed":[],"unchanged":1,"restart_needed":[]}"#,
                "reloaded: 1 unchanged\nadded: a b [1m\n"
            ),
        ]
    )
    func aReloadPrintsWhatChanged(body: String, output: String) async throws {
        #expect(try await Self.result(["reload"], body).result == CommandResult(output: output, status: .success))
    }

    @Test func aReloadWhoseAnswerLacksAListIsAFailure() async throws {
        let result = try await Self.result(["reload"], #"{"added":[],"unchanged":1}"#).result
        #expect(result.status == .failure && result.output.isEmpty)
        #expect(result.errors.hasPrefix("the exporter answered with status 200, and not with JSON"))
    }

    @Test func withoutAnExporterACommandFails() async throws {
        for arguments in [["status"], ["reload"], ["drill", "db"]] {
            let command = try Root.parseAsRoot(arguments + ["--socket", "/tmp/no-such-folder/x.sock"])
            let result = await (try #require(command as? any PrintingCommand)).result()
            #expect(result.status == .failure && result.output.isEmpty)
            #expect(result.errors.hasPrefix("no exporter listens on /tmp/no-such-folder/x.sock; "))
        }
    }

    @Test(arguments: ["200 OK", "503 Service Unavailable"])
    func theDocumentIsPrintedAsItCameWhetherTheServiceIsReadyOrNot(status: String) async throws {
        let document = #"{"status":"not_ready","components":[]}"#
        let result = try await Self.result(["status", "--format", "json"], status: status, document).result
        #expect(result == CommandResult(output: document + "\n", status: .success))
    }

    @Test func aDocumentThatIsNoneIsAFailure() async throws {
        let result = try await Self.result(["status"], #"{"status":"ready"}"#).result
        #expect(result.status == .failure && result.output.isEmpty)
        #expect(result.errors.hasPrefix("the exporter's answer can't be read: ") && result.errors.hasSuffix("\n"))
    }
}
