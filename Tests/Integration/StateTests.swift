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

    /// The starts of the incidents of the component that is down, by their ids.
    private func starts(_ exporter: RunningExporter) throws -> [Int: String] {
        var starts: [Int: String] = [:]
        for incident in try incidents(exporter) where incident["component"] as? String == "down" {
            starts[try #require(incident["id"] as? Int)] = try #require(incident["start"] as? String)
        }
        return starts
    }

    private func beat(_ exporter: RunningExporter) throws -> Double? {
        try exporter.metric("health_heartbeat_last_beat_timestamp_seconds")
    }

    private func exported() async throws -> [Substring] {
        let result = try await Command.run(try Product.exporter.path, "state", "export", file)
        #expect(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").filter { $0.contains(#""component":"down""#) }
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
        try await eventually("a beat") { try beat(first) != nil }
        let last = try #require(try beat(first))
        let known = try incidents(first).compactMap { $0["id"] as? Int }
        #expect(known.count == 2)
        #expect(try await first.end(by: SIGTERM) == 0)

        let second = try await start()
        try await eventually("down again") { try status("down", of: second) == "unhealthy" }
        #expect(try component("down", of: second)["since"] as? String == since)
        #expect(try incidents(second).compactMap { $0["id"] as? Int } == known)
        let up = try component("up", of: second)
        #expect(up["status"] as? String == "unhealthy" && (up["drill"] as? [String: Any])?["by"] as? String == "ada")
        try await eventually("the heartbeat goes on") { try beat(second) != nil }
        #expect(try beat(second) == last)
        // It ran a moment ago, and is due in an hour.
        #expect(try lastRun("rare", of: second) == nil)
        #expect(try second.probe("/readyz").status == 200)
        #expect(try second.metric("health_check_runs_total", #"component="rare""#, #"result="success""#) == 0)
        #expect(try second.metric("health_exporter_state_writable") == 1)
        #expect(try await second.end(by: SIGTERM) == 0)
    }

    @Test func aProcessThatIsKilledLosesASecondAndNeverTheFile() async throws {
        let first = try await start()
        try await eventually("an incident") { try !starts(first).isEmpty }
        try await eventually("it is in the file") { try await exported().contains { $0.contains("incident") } }
        let known = try starts(first)
        #expect(known.count == 1)
        #expect(try await first.end(by: SIGKILL) == SIGKILL)
        for round in 0..<10 {
            let exporter = try await start()
            try await eventually("down again") { try status("down", of: exporter) == "unhealthy" }
            #expect(try starts(exporter) == known, "round \(round)")
            #expect(try exporter.metric("health_exporter_state_writable") == 1, "round \(round)")
            try await Task.sleep(for: .milliseconds(100 * round))
            #expect(try await exporter.end(by: SIGKILL) == SIGKILL)
        }
        let report = try await Command.run(try Product.exporter.path, "state", "check", file)
        #expect(report.status == 0, "\(report.output)\(report.errors)")
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
        try await eventually("an incident") { try !starts(first).isEmpty }
        let known = try #require(try starts(first).values.first)
        let second = try await start()
        #expect(try first.metric("health_exporter_state_writable") == 1)
        #expect(try second.metric("health_exporter_state_writable") == 0)
        #expect(try second.events("state.failed").first?["reason"] as? String == "locked")
        #expect(try await first.end(by: SIGTERM) == 0)
        try await eventually("the file is free", within: 30) {
            try second.metric("health_exporter_state_writable") == 1
        }
        #expect(try starts(second).values.contains(known))
    }

    @Test func aFileThatIsDeletedIsBegunAnewWithAllThatIsKnown() async throws {
        let first = try await start()
        try await eventually("an incident") { try !starts(first).isEmpty }
        try await eventually("it is in the file") { try await exported().contains { $0.contains("incident") } }
        let (known, since) = (try starts(first), try component("down", of: first)["since"] as? String)
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file + suffix) }
        try await eventually("it is told") { try !first.events("state.failed").isEmpty }
        try await eventually("a new file", within: 30) { try !first.events("state.recovered").isEmpty }
        #expect(try await first.end(by: SIGKILL) == SIGKILL)
        let second = try await start()
        try await eventually("down again") { try status("down", of: second) == "unhealthy" }
        #expect(try starts(second) == known)
        #expect(try component("down", of: second)["since"] as? String == since)
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
