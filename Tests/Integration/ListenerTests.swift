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
        // More than there are places.
        let idle = try (0..<600).map { _ in try OpenConnection(exporter.probePort) }
        for _ in 0..<3 { #expect(try exporter.probe("/livez").status == 200) }
        let refused = try exporter.metric("health_exporter_connections_refused_total", #"listener="probe""#)
        #expect(try #require(refused) >= 89)
        withExtendedLifetime(idle) {}
    }

    @Test func halfSentHeadsKeepNobodyFromTheMetrics() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        let half = "GET /metrics HTTP/1.1\r\nHost: "
        let halves = try (0..<1100).map { _ in try OpenConnection(exporter.port, sending: half) }
        for _ in 0..<3 { #expect(try exporter.get("/metrics").status == 200) }
        withExtendedLifetime(halves) {}
    }

    @Test func readersThatDoNotReadPinNoPageEach() async throws {
        var configuration = "components:\n"
        for component in 0..<60 {
            configuration += "  c\(component):\n    impact: informational\n    checks:\n"
            for check in 0..<20 { configuration += "      k\(check): {kind: environment, required: [PATH]}\n" }
        }
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        for _ in 0..<3 { #expect(try exporter.get("/metrics").body.count > 1_000_000) }
        let before = try exporter.residentBytes
        var readers: [OpenConnection] = []
        for _ in 0..<40 {
            // Each at a time of its own, so that none shares a page with another one.
            readers.append(try OpenConnection(exporter.port, sending: "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"))
            try await Task.sleep(for: .milliseconds(150))
        }
        try await Task.sleep(for: .seconds(3))
        #expect(try exporter.get("/metrics").status == 200, "a reader that doesn't read gives way to one that does")
        let grown = try exporter.residentBytes - before
        print("40 readers that don't read: \(grown / 1_000_000) MB more")
        #expect(grown < 90_000_000)
        withExtendedLifetime(readers) {}
    }

    @Test func anAddressThatIsTakenIsNamed() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        for option in ["--listen", "--probe-listen"] {
            let second = try RunningExporter(configuration: nil, arguments: [option, "127.0.0.1:\(exporter.port)"])
            #expect(try await second.waitForEnd() == 1)
            let error = "cannot listen on 127.0.0.1:\(exporter.port): Address already in use"
            let log = try second.log
            #expect(log.contains(error), "\(log)")
        }
    }

    @Test func refusalsCountAsRequests() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        #expect(try Self.status(exporter.port, "nonsense\r\n\r\n").hasPrefix("HTTP/1.1 400"))
        #expect(try Self.status(exporter.probePort, "nonsense\r\n\r\n").hasPrefix("HTTP/1.1 400"))
        let count = try exporter.metric(
            "health_exporter_http_requests_total",
            #"handler="other""#,
            #"code="4xx""#
        )
        #expect(count == 2)
    }

    @Test func aPeerThatClosesItsSideGetsItsAnswer() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        for (port, path) in [(exporter.port, "/metrics"), (exporter.probePort, "/livez")] {
            let request = "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n"
            let answer = try HTTP.exchange(port, Data(request.utf8), closesItsSide: true)
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func pipelinedRequestsGetTheirAnswersInOrder() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        for (port, paths) in [
            (exporter.port, ["/metrics", "/nowhere", "/livez"]),
            (exporter.probePort, ["/livez", "/nowhere", "/livez"]),
        ] {
            let requests = paths.map { "GET \($0) HTTP/1.1\r\nHost: a\r\n\r\n" }.joined()
            let last = "GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
            let answers = String(decoding: try HTTP.exchange(port, Data((requests + last).utf8)), as: UTF8.self)
            let codes = answers.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(codes == ["200", "404", "200", "200"], "\(port)")
        }
    }

    @Test func aHalfSentBodyHoldsUpNoShutdown() async throws {
        let exporter = try RunningExporter(
            configuration: "shutdown: {drain: 0s}\ncomponents: {a: {checks: {b: {kind: runtime}}}}"
        )
        try await exporter.waitUntilStarted()
        let half = "POST /api/v1/components/a/drill HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nab"
        let connection = try OpenConnection(exporter.port, sending: half)
        try await Task.sleep(for: .milliseconds(200))
        let start = ContinuousClock.now
        exporter.signal(SIGTERM)
        #expect(try await exporter.waitForEnd() == 0)
        #expect(ContinuousClock.now - start < .seconds(6))
        withExtendedLifetime(connection) {}
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
