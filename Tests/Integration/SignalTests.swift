import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// SIGTERM at every time of life.
@Suite(.startsProcesses)
struct SignalTests {
    private static func configuration(drain: String) throws -> (String, ListeningSocket) {
        let open = try ListeningSocket(acceptsConnections: true)
        let text = """
            shutdown: {drain: \(drain), grace: 8s}
            defaults: {interval: 500ms, timeout: 200ms}
            components: {port: {checks: {tcp: {kind: tcp, address: "127.0.0.1:\(open.port)"}}}}
            """
        return (text, open)
    }

    @Test func endsCleanlyWhenIdle() async throws {
        let (configuration, open) = try Self.configuration(drain: "300ms")
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        exporter.signal(SIGINT)
        #expect(try await exporter.waitForEnd() == 0)
        #expect(try exporter.log.contains(#""event":"exporter.draining""#))
        #expect(try exporter.log.split(separator: "\n").last?.contains(#""event":"exporter.stopped""#) == true)
        withExtendedLifetime(open) {}
    }

    @Test(arguments: 0..<12)
    func endsCleanlyDuringStartUp(step: Int) async throws {
        let (configuration, open) = try Self.configuration(drain: "50ms")
        let exporter = try RunningExporter(configuration: configuration)
        // The signal mask is set within the first milliseconds; before, the default disposition ends the process too.
        try await Task.sleep(for: .milliseconds(30 + step * 10))
        exporter.signal(SIGTERM)
        let status = try await exporter.waitForEnd(within: 5)
        let log = try exporter.log
        let wasTooEarly = status == SIGTERM && log.isEmpty
        #expect(status == 0 || wasTooEarly)
        withExtendedLifetime(open) {}
    }

    @Test func endsCleanlyWhileStartUpStillWaits() async throws {
        let closed = try FreePort.next()
        let exporter = try RunningExporter(
            configuration: """
                shutdown: {drain: 1s, grace: 8s}
                defaults: {interval: 500ms, timeout: 200ms}
                components: {port: {startup: healthy, checks: {tcp: {kind: tcp, address: "127.0.0.1:\(closed)"}}}}
                """
        )
        try await exporter.waitUntilStarted()
        #expect(try exporter.probe("/startupz").json["waiting_for"] as? [String] == ["port"])
        exporter.signal(SIGTERM)
        try await eventually("not ready because it stops") {
            try exporter.probe("/readyz").json["reason"] as? String == "shutting_down"
        }
        #expect(try await exporter.waitForEnd() == 0)
        #expect(try exporter.log.split(separator: "\n").last?.contains(#""event":"exporter.stopped""#) == true)
    }

    @Test func aSecondSignalEndsAtOnce() async throws {
        let (configuration, open) = try Self.configuration(drain: "5s")
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        exporter.signal(SIGTERM)
        try await eventually("draining") { try exporter.probe("/readyz").status == 503 }
        exporter.signal(SIGTERM)
        #expect(try await exporter.waitForEnd(within: 2) == 128 + SIGTERM)
        withExtendedLifetime(open) {}
    }

    @Test func failsNoRequestDuringTheDrain() async throws {
        let (configuration, open) = try Self.configuration(drain: "1s")
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        exporter.signal(SIGTERM)
        let signalled = Date()
        var notReadyAfter: Double?
        var answers = 0
        // A little less than the drain: what is asked within it must be answered.
        while Date().timeIntervalSince(signalled) < 0.9 {
            let answer = try exporter.probe("/readyz")
            if answer.status == 503, notReadyAfter == nil { notReadyAfter = Date().timeIntervalSince(signalled) }
            #expect(try exporter.get("/metrics").status == 200)
            #expect(try exporter.probe("/livez").status == 200)
            #expect(try exporter.probe("/startupz").status == 200)
            answers += 4
        }
        print("\(answers) requests answered during the drain; not ready after \(notReadyAfter ?? -1) s")
        #expect(notReadyAfter != nil)
        #expect(try await exporter.waitForEnd() == 0)
        withExtendedLifetime(open) {}
    }
}
