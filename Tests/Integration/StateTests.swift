import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What an exporter knows of the one before it, with a real file and real signals.
@Suite(.startsProcesses)
struct StateTests {
    private let folder: TemporaryFolder
    private let file: String

    init() throws {
        folder = try TemporaryFolder()
        file = folder.url.appending(path: "state.db").path
    }

    private func configuration(_ components: String) -> String {
        """
        web: {lifecycle: loopback}
        state: {path: \(file)}
        shutdown: {drain: 0s, grace: 5s}
        defaults: {interval: 200ms, timeout: 100ms, failure_threshold: 1}
        components:
        \(components)
        """
    }

    private static let components = """
          down: {impact: optional, checks: {tcp: {kind: tcp, address: "127.0.0.1:1"}}}
          up: {checks: {disk: {kind: disk, path: /}}}
          rare: {impact: optional, checks: {disk: {kind: disk, path: /, interval: 1h}}}
          worker: {impact: optional, checks: {beat: {kind: heartbeat, within: 1h}}}
        """

    private func start(_ components: String = Self.components) async throws -> RunningExporter {
        let exporter = try RunningExporter(configuration: configuration(components))
        try await exporter.waitUntilStarted()
        return exporter
    }

    private func component(_ name: String, of exporter: RunningExporter) throws -> [String: Any] {
        try exporter.get("/api/v1/components/\(name)").json
    }

    private func status(_ name: String, of exporter: RunningExporter) throws -> String {
        try component(name, of: exporter)["status"] as? String ?? ""
    }

    private func incidents(_ exporter: RunningExporter) throws -> [[String: Any]] {
        let body = Data(try exporter.get("/api/v1/incidents").text.utf8)
        return try #require(try JSONSerialization.jsonObject(with: body) as? [[String: Any]])
    }

    private func lastRun(_ name: String, of exporter: RunningExporter) throws -> String? {
        let checks = try component(name, of: exporter)["checks"] as? [[String: Any]]
        return (checks?.first?["last_run"] as? [String: Any])?["timestamp"] as? String
    }

    @Test func theNextProcessGoesOn() async throws {
        let first = try await start()
        try await eventually("down") { try status("down", of: first) == "unhealthy" }
        try await eventually("up") { try status("up", of: first) == "healthy" }
        try await eventually("the rare check ran") { try lastRun("rare", of: first) != nil }
        #expect(try first.post("/api/v1/heartbeats/worker/beat").status == 204)
        let drill = #"{"for": "1h", "reason": "practice", "by": "ada"}"#
        #expect(try first.post("/api/v1/components/up/drill", body: drill).status == 200)
        let since = try #require(try component("down", of: first)["since"] as? String)
        let beat = try first.metric("health_heartbeat_last_beat_timestamp_seconds")
        try await eventually("a beat") { try first.metric("health_heartbeat_last_beat_timestamp_seconds") != nil }
        let known = try incidents(first).compactMap { $0["id"] as? Int }
        #expect(known.count == 2)
        #expect(try await first.end(by: SIGTERM) == 0)

        let second = try await start()
        try await eventually("down again") { try status("down", of: second) == "unhealthy" }
        #expect(try component("down", of: second)["since"] as? String == since)
        #expect(try incidents(second).compactMap { $0["id"] as? Int } == known)
        let up = try component("up", of: second)
        #expect(up["status"] as? String == "unhealthy" && (up["drill"] as? [String: Any])?["by"] as? String == "ada")
        try await eventually("the heartbeat goes on") {
            try second.metric("health_heartbeat_last_beat_timestamp_seconds") != nil
        }
        if let beat { #expect(try second.metric("health_heartbeat_last_beat_timestamp_seconds") == beat) }
        // It ran a moment ago, and is due in an hour.
        #expect(try lastRun("rare", of: second) == nil)
        #expect(try second.probe("/readyz").status == 200)
        #expect(try second.metric("health_check_runs_total", #"component="rare""#, #"result="success""#) == 0)
        #expect(try second.metric("health_exporter_state_writable") == 1)
        #expect(try await second.end(by: SIGTERM) == 0)
    }

    @Test func aProcessThatIsKilledLosesASecondAndNeverTheFile() async throws {
        var last = 0
        for round in 0..<10 {
            let exporter = try await start()
            try await eventually("an incident") {
                try incidents(exporter).contains { $0["component"] as? String == "down" }
            }
            let ids = try incidents(exporter).compactMap { $0["id"] as? Int }
            #expect(ids == ids.sorted(by: >) && (ids.max() ?? 0) >= last)
            last = ids.max() ?? 0
            #expect(try exporter.metric("health_exporter_state_writable") == 1, "round \(round)")
            try await Task.sleep(for: .milliseconds(100 * round))
            #expect(try await exporter.end(by: SIGKILL) == SIGKILL)
        }
        let report = try await Command.run(try Product.exporter.path, "state", "check", file)
        #expect(report.status == 0, "\(report.output)\(report.errors)")
        let lines = try await Command.run(try Product.exporter.path, "state", "export", file)
        let rows = lines.output.split(separator: "\n").filter { $0.contains(#""component":"down""#) }
        #expect(lines.status == 0 && !rows.isEmpty)
    }

    private func page(_ exporter: RunningExporter) throws -> String { try exporter.get("/").text }

    @Test func aFileOfSomethingElseIsLeftAloneAndTheExporterRunsOn() async throws {
        try "what matters\n".write(toFile: file, atomically: true, encoding: .utf8)
        let exporter = try await start()
        #expect(try exporter.probe("/readyz").status == 200)
        #expect(try exporter.metric("health_exporter_state_writable") == 0)
        #expect(try exporter.events("state.failed").first?["reason"] as? String == "foreign")
        #expect(try page(exporter).contains("The state file can&#39;t be used (foreign)"))
        #expect(try await exporter.end(by: SIGTERM) == 0)
        #expect(try String(contentsOfFile: file, encoding: .utf8) == "what matters\n")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path) == ["state.db"])
    }

    @Test func aDamagedFileIsMovedAside() async throws {
        let first = try await start()
        try await eventually("down") { try status("down", of: first) == "unhealthy" }
        #expect(try await first.end(by: SIGTERM) == 0)
        var bytes = try Data(contentsOf: URL(filePath: file))
        bytes.replaceSubrange(4096..<bytes.count, with: Data(repeating: 0xA5, count: bytes.count - 4096))
        try bytes.write(to: URL(filePath: file))
        let second = try await start()
        #expect(try second.metric("health_exporter_state_writable") == 1)
        #expect(try !second.events("state.damaged").isEmpty)
        #expect(try page(second).contains("The state file was damaged and is moved aside"))
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(files.contains { $0.hasPrefix("state.db.damaged-") })
    }

    @Test func twoExportersDoNotShareAFile() async throws {
        let first = try await start()
        let second = try await start()
        #expect(try first.metric("health_exporter_state_writable") == 1)
        #expect(try second.metric("health_exporter_state_writable") == 0)
        #expect(try second.events("state.failed").first?["reason"] as? String == "locked")
        #expect(try await first.end(by: SIGTERM) == 0)
        try await eventually("the file is free", within: 30) {
            try second.metric("health_exporter_state_writable") == 1
        }
    }

    @Test func aDirectoryThatIsNotThereIsToldAndTriedAgain() async throws {
        let missing = folder.url.appending(path: "later")
        let text = configuration(Self.components).replacing(file, with: missing.appending(path: "state.db").path)
        let exporter = try RunningExporter(configuration: text)
        try await exporter.waitUntilStarted()
        #expect(try exporter.metric("health_exporter_state_writable") == 0)
        #expect(try exporter.probe("/livez").status == 200)
        try FileManager.default.createDirectory(at: missing, withIntermediateDirectories: true)
        try await eventually("it is there", within: 30) {
            try exporter.metric("health_exporter_state_writable") == 1
        }
        #expect(try !exporter.events("state.recovered").isEmpty)
        #expect(FileManager.default.fileExists(atPath: missing.appending(path: "state.db").path))
    }
}
