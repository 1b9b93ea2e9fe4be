import Foundation
import Testing

/// What both listeners do with peers that idle, drip and don't read.
@Suite(.startsProcesses)
struct ListenerTests {
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

    @Test func aPeerThatClosesItsSideGetsItsAnswer() async throws {
        let exporter = try RunningExporter(configuration: nil)
        try await exporter.waitUntilStarted()
        for (port, path) in [(exporter.port, "/metrics"), (exporter.probePort, "/livez")] {
            let request = "GET \(path) HTTP/1.1\r\nHost: a\r\n\r\n"
            let answer = try HTTP.exchange(port, Data(request.utf8), closesItsSide: true)
            #expect(String(decoding: answer, as: UTF8.self).hasPrefix("HTTP/1.1 200"))
        }
    }

    @Test func aHalfSentBodyBlocksNoShutdown() async throws {
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
}
