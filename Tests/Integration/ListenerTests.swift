import Foundation
import Testing

/// What both listeners do with requests that nobody should send.
@Suite(.startsProcesses)
struct ListenerTests {
    private static func status(_ port: Int, _ request: String) throws -> String {
        let answer = String(decoding: try HTTP.exchange(port, Data(request.utf8)), as: UTF8.self)
        return String(answer.prefix { $0 != "\r" })
    }

    @Test func refuseHeadsAndBodiesBeyondTheirLimitsAndClose() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        let large = String(repeating: "x", count: 70_000)
        for port in [exporter.port, exporter.probePort] {
            let head = "GET /livez HTTP/1.1\r\nHost: localhost\r\nX: \(large)\r\n\r\n"
            #expect(try Self.status(port, head).hasPrefix("HTTP/1.1 400"), "\(port)")
            let fields = String(repeating: "a: b\r\n", count: 1000)
            #expect(
                try Self.status(port, "GET /livez HTTP/1.1\r\nHost: localhost\r\n\(fields)\r\n").hasPrefix(
                    "HTTP/1.1 400"
                )
            )
            let body = "POST /livez HTTP/1.1\r\nHost: localhost\r\nContent-Length: 70000\r\n\r\n\(large)"
            #expect(try Self.status(port, body).hasPrefix("HTTP/1.1 413"), "\(port)")
            #expect(try Self.status(port, "nonsense\r\n\r\n").hasPrefix("HTTP/1.1 400"))
            #expect(try HTTP.get(port, "/livez").status == 200)
        }
    }

    @Test func idleConnectionsKeepNobodyFromTheProbes() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        let idle = try (0..<200).map { _ in try OpenConnection(exporter.probePort) }
        #expect(try exporter.probe("/livez").status == 200)
        withExtendedLifetime(idle) {}
    }

    @Test func detailsAreForThisMachineOnly() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        try await eventually("a first result") {
            try exporter.get("/health/detailed").text.contains(#""message":"/: "#)
        }
        for headers in [["X-Forwarded-For": "10.0.0.1"], ["Forwarded": "for=10.0.0.1"], ["Via": "1.1 proxy"]] {
            #expect(try !exporter.get("/health/detailed", headers: headers).text.contains(#""message""#))
        }
    }
}
