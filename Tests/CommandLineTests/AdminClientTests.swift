import ArgumentParser
import Foundation
import HealthExporter
import NIOHTTP1
import Testing

@testable import health_exporter

/// Requests over the admin socket, and what becomes of every answer.
struct AdminClientTests {
    private static func send(
        to path: String,
        _ request: AdminRequest = AdminRequest(path: "/health/detailed")
    ) async -> Result<AdminClient.Answer, AdminClient.Failure> {
        let client = AdminClient(socket: AdminSocketPath(path))
        do throws(AdminClient.Failure) {
            return .success(try await client.send(request.method, request.path, body: request.body))
        } catch {
            return .failure(error)
        }
    }

    private static func answer(_ raw: String) async throws -> Result<AdminClient.Answer, AdminClient.Failure> {
        let server = try await AdminServer(answering: raw)
        let result = await send(to: server.path)
        try await server.stop()
        return result
    }

    private static func message(_ result: Result<AdminClient.Answer, AdminClient.Failure>) -> String {
        if case .failure(let failure) = result { failure.message } else { "answered" }
    }

    @Test func aGetIsOneRequestOnOneConnection() async throws {
        let server = try await AdminServer("{}")
        #expect(await Self.send(to: server.path) == .success(.init(status: 200, body: Array("{}".utf8))))
        #expect(
            server.requests == [
                "GET /health/detailed HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            ]
        )
        try await server.stop()
    }

    @Test func aPostSendsItsBody() async throws {
        let server = try await AdminServer("{}")
        let request = AdminRequest(method: .POST, path: "/x?y=1", body: Array(#"{"for":"1h"}"#.utf8))
        _ = await Self.send(to: server.path, request)
        #expect(
            server.requests == [
                "POST /x?y=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 12\r\n\r\n"
                    + #"{"for":"1h"}"#
            ]
        )
        try await server.stop()
    }

    @Test(
        arguments: [
            ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello"),
            ("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\n\r\n{}", 503, "{}"),
            ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, ""),
            ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200, "hello"
            ),
            ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", 200, "until the end"),
            ("HTTP/1.0 200 OK\r\n\r\nold", 200, "old"),
        ]
    )
    func anAnswerIsReadWhole(raw: String, status: Int, body: String) async throws {
        #expect(try await Self.answer(raw) == .success(.init(status: status, body: Array(body.utf8))))
    }

    @Test(
        arguments: [
            ("", "gave no whole answer within 60s; its log says what blocks it"),
            ("SSH-2.0-OpenSSH_9.2\r\n", "does not answer as an exporter does"),
            ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhel", "does not answer as an exporter does"),
            ("HTTP/1.1 200 OK\r\nContent-Le", "does not answer as an exporter does"),
        ]
    )
    func anAnswerThatIsNoneIsSaidWithTheSocket(raw: String, expected: String) async throws {
        let server = try await AdminServer(answering: raw)
        let message = Self.message(await Self.send(to: server.path))
        #expect(message.hasPrefix("\(server.path): ") && message.contains(expected), "\(message)")
        try await server.stop()
    }

    @Test func withoutASocketNoExporterListens() async {
        let path = "/tmp/no-such-folder/health-exporter.sock"
        #expect(
            Self.message(await Self.send(to: path))
                == "no exporter listens on \(path); name its socket with --socket PATH (web.admin_socket)"
        )
    }

    @Test func aSocketThatNobodyListensOnAnyMoreIsTheSame() async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data().write(to: file)
        #expect(Self.message(await Self.send(to: file.path)).hasPrefix("no exporter listens on \(file.path); "))
        try FileManager.default.removeItem(at: file)
    }

    @Test func aPathThatIsTooLongIsSaidBeforeAnythingIsSent() async {
        let path = "/tmp/" + String(repeating: "x", count: 200)
        let message = Self.message(await Self.send(to: path))
        #expect(message.hasPrefix("\(path): its path has 205 bytes, and that of a Unix socket has at most "))
        #expect(message.hasSuffix("name its socket with --socket PATH (web.admin_socket)"))
    }

    @Test func theTextOfAnAnswerMovesNoCursor() {
        let answer = AdminClient.Answer(status: 200, body: Array("a\u{1b}[2J\nb\tc\u{7f}\u{85}\r\n".utf8))
        #expect(answer.text == "a [2J\nb\tc   \n")
    }

    @Test(
        arguments: [
            ("orders-db", "orders-db"), ("a.b_c~d", "a.b_c~d"), ("a/b", "a%2Fb"), ("../x", "..%2Fx"), ("ä", "%C3%A4"),
            ("a b?c#d", "a%20b%3Fc%23d"), ("\n", "%0A"), ("%", "%25"), ("", ""),
        ]
    )
    func aNameIsOneSegmentOfThePath(name: String, segment: String) {
        #expect(AdminJSON.segment(name) == segment)
    }

    @Test(arguments: [("/run/x.sock", "/run/x.sock"), ("relative.sock", "relative.sock")])
    func theOptionNamesTheSocket(argument: String, path: String) throws {
        #expect(try AdminOptions.parse(["--socket", argument]).client.socket == AdminSocketPath(path))
    }

    @Test func withoutTheOptionTheSocketIsWhereTheExporterPutsIt() throws {
        let automatic = AdminSocketPath(automatic: SystemSources.variable)
        #expect(try AdminOptions.parse([]).client.socket == automatic)
        #expect(automatic.path.hasSuffix("/health-exporter.sock"))
    }
}
