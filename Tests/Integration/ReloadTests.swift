import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A configuration that is loaded anew.
@Suite(.startsProcesses) struct ReloadTests {
    private static func configuration(_ components: String, level: String = "info") -> String {
        """
        service: {name: s, environment: t, version: "1", instance: i}
        logs: {level: \(level)}
        defaults: {interval: 1s, timeout: 500ms}
        components:
        \(components)
        """
    }

    private static let stays = #"  stays: {checks: {a: {kind: runtime}}}"#

    @Test func appliesWhatItCanAndNamesTheRest() async throws {
        let exporter = try RunningExporter(
            configuration: Self.configuration(Self.stays + "\n  goes: {checks: {b: {kind: memory}}}")
        )
        try await exporter.waitUntilStarted()
        try await eventually("runs") { try exporter.sum("health_check_runs_total", #"component="stays""#) >= 2 }
        let before = try exporter.sum("health_check_runs_total", #"component="stays""#)
        try exporter.rewrite(
            Self.configuration(
                Self.stays + "\n  comes: {impact: optional, checks: {c: {kind: memory}}}",
                level: "debug"
            )
                + "\nshutdown: {drain: 1s}\ngroups: {g: {members: [stays]}}\n"
        )
        let answer = try exporter.post("/-/reload")
        #expect(answer.status == 200)
        #expect(answer.json["added"] as? [String] == ["comes/c", "groups.g"])
        #expect(answer.json["removed"] as? [String] == ["goes/b"])
        #expect(answer.json["unchanged"] as? Int == 1)
        #expect(answer.json["restart_needed"] as? [String] == ["shutdown.drain"])
        let page = try exporter.get("/metrics").text
        #expect(!page.contains(#"component="goes""#), "removed series go at once")
        #expect(page.contains(#"health_group_status{group="g""#))
        #expect(try exporter.sum("health_check_runs_total", #"component="stays""#) >= before)
        try await eventually("lines of the new level") { try !exporter.events("check.run").isEmpty }
        #expect(try exporter.events("config.loaded").count == 2)
    }

    @Test func aBadFileChangesNothing() async throws {
        let exporter = try RunningExporter(configuration: Self.configuration(Self.stays))
        try await exporter.waitUntilStarted()
        try exporter.rewrite(Self.configuration("  stays: {checks: {a: {kind: runtme, interval: 1x}}}"))
        let answer = try exporter.post("/-/reload")
        #expect(answer.status == 400)
        #expect((answer.json["errors"] as? [String])?.contains { $0.contains("did you mean `runtime`?") } == true)
        #expect(try exporter.metric("health_exporter_config_last_reload_successful") == 0)
        #expect(try exporter.metric("health_exporter_config_reloads_total", #"result="failure""#) == 1)
        #expect(try exporter.events("config.reload_failed").count >= 1)
        let runs = try exporter.sum("health_check_runs_total")
        try await eventually("further runs") { try exporter.sum("health_check_runs_total") > runs }
        exporter.signal(SIGHUP)
        try await eventually("refused again") {
            try exporter.metric("health_exporter_config_reloads_total", #"result="failure""#) == 2
        }
        try exporter.rewrite(Self.configuration(Self.stays))
        exporter.signal(SIGHUP)
        try await eventually("well again") { try exporter.metric("health_exporter_config_last_reload_successful") == 1 }
    }

    @Test func aFileThatOnlyARefusedConfigurationNamesIsWatched() async throws {
        let exporter = try RunningExporter(configuration: Self.configuration(Self.stays))
        try await exporter.waitUntilStarted()
        let token = URL(filePath: exporter.configurationPath).deletingLastPathComponent().appending(path: "late-token")
        let worker =
            "\n  worker: {impact: optional, checks: {w: {kind: heartbeat, within: 1h, token: '${file:late-token}'}}}"
        try exporter.rewrite(Self.configuration(Self.stays + worker))
        #expect(try exporter.post("/-/reload").status == 400)
        try Data("secret".utf8).write(to: token)
        try await eventually("the secret is there", within: 30) {
            try exporter.metric("health_component_status", #"component="worker""#) != nil
        }
    }

    @Test func aDefaultThatACheckGivesItselfMeansNothingToIt() async throws {
        let own = "  own: {impact: optional, checks: {a: {kind: runtime, interval: 1s, timeout: 300ms}}}"
        let exporter = try RunningExporter(configuration: Self.configuration(own))
        try await exporter.waitUntilStarted()
        try exporter.rewrite(Self.configuration(own).replacing("timeout: 500ms}", with: "timeout: 400ms}"))
        let answer = try exporter.post("/-/reload")
        #expect(answer.json["changed"] as? [String] == [] && answer.json["unchanged"] as? Int == 1)
    }

    /// As Kubernetes does it: the files lie behind a symlink that is swapped.
    @Test func seesASwappedConfigMapAndARotatedSecret() async throws {
        let folder = try TemporaryFolder()
        let files = FileManager.default
        func version(_ name: String, _ token: String, _ extra: String) throws {
            let place = folder.url.appending(path: name)
            try files.createDirectory(at: place, withIntermediateDirectories: true)
            try Data(token.utf8).write(to: place.appending(path: "token"))
            let components =
                Self.stays
                + "\n  worker: {impact: optional, checks: {w: {kind: heartbeat, within: 1h, token: '${file:token}'}}}"
            try Data((Self.configuration(components) + extra).utf8).write(to: place.appending(path: "config.yaml"))
        }
        func swap(_ name: String) throws {
            let link = folder.url.appending(path: "..data.new").path
            try files.createSymbolicLink(atPath: link, withDestinationPath: name)
            let isSwapped = unsafe rename(link, folder.url.appending(path: "..data").path) == 0
            try #require(isSwapped)
        }
        try version("v1", "one", "")
        try swap("v1")
        for file in ["config.yaml", "token"] {
            try files.createSymbolicLink(
                atPath: folder.url.appending(path: file).path,
                withDestinationPath: "..data/\(file)"
            )
        }
        let exporter = try RunningExporter(arguments: ["--config", folder.url.appending(path: "config.yaml").path])
        try await exporter.waitUntilStarted()
        func beat(_ token: String) throws -> Int {
            try exporter.post("/api/v1/heartbeats/worker/w", headers: ["Authorization": "Bearer \(token)"]).status
        }
        #expect(try (beat("one"), beat("two")) == (204, 403))
        try version("v2", "two", "\nflags: {f: {requires: [stays]}}\n")
        try swap("v2")
        try await eventually("the swap is seen", within: 30) {
            try exporter.metric("health_feature_flag_enabled") != nil
        }
        #expect(try (beat("one"), beat("two")) == (403, 204))
        // The secret alone.
        try version("v3", "three", "\nflags: {f: {requires: [stays]}}\n")
        try swap("v3")
        try await eventually("the secret is seen", within: 30) { try beat("three") == 204 }
        let loaded = try exporter.events("config.loaded").compactMap { $0["changed"] as? String }
        #expect(loaded.suffix(2) == ["worker/w", "worker/w"])
    }

    /// `RELOADS=500` reloads more often than usual.
    @Test(.needsTheMachine, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
    func manyReloadsLeaveTheOthersAlone() async throws {
        let faults = try await Faults()
        let port = try #require(faults.ports["http-ok"])
        var text =
            "service: {name: s, environment: t, version: '1', instance: i}\ndefaults: {interval: 5s, timeout: 1s}\ncomponents:\n"
        for component in 0..<100 {
            text += "  c\(component):\n    checks:\n"
            for check in 0..<10 { text += "      k\(check): {kind: tcp, address: '127.0.0.1:\(port)'}\n" }
        }
        let exporter = try RunningExporter(configuration: text)
        try await exporter.waitUntilStarted()
        let script = Faults.folder.appending(path: "reload_storm.py").path
        let result = try await Command.run(
            Tool.python.rawValue,
            [
                script, exporter.configurationPath, String(exporter.port), String(exporter.processIdentifier),
                "127.0.0.1:\(port)",
            ],
            within: 560
        )
        let seen = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any],
            "\(result.errors.suffix(2000))"
        )
        print("Reloads in \(seen["seconds"] ?? "?") s; slots off by \(seen["deviation"] ?? "?") at most")
        #expect(seen["statuses"] as? [Int] == [200])
        // Ten become other ones, and the ten of the generation before what they were; none when the exporter saw the file itself.
        let (changed, unchanged) = (seen["changed"] as? [Int] ?? [], seen["unchanged"] as? [Int] ?? [])
        // Their siblings change with them where the histograms' new bounds don't contain the old ones: at most those of 20 components.
        #expect(changed.allSatisfy { $0 % 10 == 0 && $0 <= 200 } && changed.contains { $0 >= 20 }, "\(changed)")
        #expect(unchanged.allSatisfy { $0 >= 800 }, "\(unchanged)")
        #expect(try #require(seen["deviation"] as? Double) <= 1.5)
        let memory = try #require(seen["memory"] as? [[Int]])
        let (early, late) = (memory[3], try #require(memory.last))
        #expect(late[0] - early[0] <= 24 * 1024, "resident KiB: \(memory.map { $0[0] })")
        #expect(late[1] - early[1] <= 300, "descriptors: \(memory.map { $0[1] })")
        #expect(seen["flags"] as? [String] == ["last"])
        #expect(seen["refused"] as? Int == 40)
        #expect(try #require(seen["deviation_malformed"] as? Double) <= 1.5)
        #expect(seen["last_reload_successful"] as? Double == 0)
        #expect(seen["healed"] as? Int == 200)
    }
}
