import Foundation
import Testing

/// A configuration of real targets that come and go: an nginx page, a TCP port, a silent server, the disk.
@Suite(.startsProcesses)
struct TargetTests {
    private static func nginx(_ folder: TemporaryFolder, port: Int) throws -> RunningServer {
        let file = try folder.write(
            "nginx.conf",
            """
            daemon off; pid \(folder.url.path)/nginx.pid; error_log \(folder.url.path)/error.log;
            events {}
            http { access_log off; server { listen 127.0.0.1:\(port); location / { return 200 "welcome"; } } }
            """
        )
        return try RunningServer(.nginx, ["-c", file])
    }

    @Test(.enabled(if: Tool.nginx.isAvailable, "nginx is not installed"))
    func followsATargetThatDiesAndComesBack() async throws {
        let folder = try TemporaryFolder()
        let nginxPort = try FreePort.next()
        var server: RunningServer? = try Self.nginx(folder, port: nginxPort)
        let (open, silent) = (
            try ListeningSocket(acceptsConnections: true), try ListeningSocket(acceptsConnections: true)
        )
        let exporter = try RunningExporter(
            configuration: """
                defaults: {interval: 1s, timeout: 300ms, confirm_interval: 200ms}
                components:
                  page: {checks: {http: {kind: http, url: "http://127.0.0.1:\(nginxPort)/", expect_body: "^welcome$"}}}
                  port: {checks: {tcp: {kind: tcp, address: "127.0.0.1:\(open.port)"}}}
                  host: {checks: {disk: {kind: disk, path: /, used: {unhealthy: 100%}}}}
                  silent: {impact: optional, checks: {http: {kind: http, url: "http://127.0.0.1:\(silent.port)/"}}}
                """
        )
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }

        server?.stop()
        server = nil
        try await eventually("503 after the thresholds") { try exporter.probe("/readyz").status == 503 }
        let down = try exporter.probe("/readyz").json
        #expect(down["reason"] as? String == "unhealthy")
        let causes = try #require(down["causes"] as? [[String: Any]])
        #expect(causes.first?["component"] as? String == "page")
        #expect(causes.first?["reason"] as? String == "connect_refused")
        #expect(causes.first?["failures"] as? Int ?? 0 >= 3)
        #expect(try exporter.probe("/livez").status == 200)
        #expect(try exporter.get("/health/detailed").status == 503)

        server = try Self.nginx(folder, port: nginxPort)
        try await eventually("ready again") { try exporter.probe("/readyz").status == 200 }

        let changes = try exporter.events("check.status_changed").filter { $0["component"] as? String == "page" }
        #expect(changes.map { $0["level"] as? String } == ["error", "notice"])
        #expect(changes.map { $0["status"] as? String } == ["unhealthy", "healthy"])
        #expect(changes.first?["reason"] as? String == "connect_refused")
        #expect(try exporter.metric("health_check_transitions_total", #"component="page""#) == 3)
        let failures = try #require(
            try exporter.metric("health_check_failures_total", #"component="page""#, #"reason="connect_refused""#)
        )
        #expect(failures >= 3)
        #expect(try exporter.metric("health_check_runs_total", #"component="page""#, #"result="failure""#) == failures)

        let hung = try exporter.events("check.status_changed").filter { $0["component"] as? String == "silent" }
        #expect(hung.map { $0["level"] as? String } == ["warning"])
        #expect(hung.first?["result"] as? String == "timeout")
        #expect(hung.first?["duration_seconds"] as? Double == 0.3)
        #expect(try exporter.metric("health_check_last_duration_seconds", #"component="silent""#) == 0.3)
    }

    @Test func namesTheSameNumberOfSeriesAsItServes() async throws {
        let open = try ListeningSocket(acceptsConnections: true)
        let configuration = """
            defaults: {interval: 1s, timeout: 300ms, confirm_interval: 200ms}
            service: {environment: "a\\"b\\\\c", version: "\\u2028", instance: "{}=,"}
            components:
              port: {owner: "o\\"x", checks: {tcp: {kind: tcp, address: "127.0.0.1:\(open.port)", degraded_above: 100ms}}}
              host: {checks: {disk: {kind: disk, path: /, used: {unhealthy: 100%}}, memory: {kind: memory}}}
              exporter: {checks: {runtime: {kind: runtime}, environment: {kind: environment, required: [PATH]}}}
              local: {checks: {file: {kind: file, path: /etc/passwd}, beat: {kind: heartbeat, within: 1h}}}
              script: {checks: {exec: {kind: exec, command: ["true"]}}}
            """
        let file = try TemporaryFolder()
        let path = try file.write("config.yaml", configuration)
        let result = try await Command.run(try Product.exporter.path, "check-config", path)
        let announced = try #require(
            result.output.split(separator: "\n").last?.split(separator: " ").first.flatMap { Int($0) }
        )
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").json["status"] as? String == "ready" }
        // What has never beaten has no last beat yet, and no run.
        #expect(try exporter.post("/api/v1/heartbeats/local/beat").status == 204)
        try await eventually("a run of the heartbeat") {
            try exporter.metric("health_check_last_duration_seconds", #"check="beat""#) != nil
        }
        // On a busy machine a run may fail, which adds a series that is not announced.
        let samples = try exporter.get("/metrics").text.split(separator: "\n")
            .filter { !$0.hasPrefix("#") && !$0.hasPrefix("health_check_failures_total{") }
        // Windows of hours are not there yet, a few seconds after the start; everything else is.
        let early = samples.filter { $0.hasPrefix("health_component_success_ratio{") }
        let components = samples.count { $0.hasPrefix("health_component_objective_ratio{") }
        #expect(samples.count - early.count == announced - 3 * components)
        for label in [#"environment="a\"b\\c""#, "version=\"\u{2028}\"", #"instance="{}=,""#] {
            #expect(samples.allSatisfy { $0.contains(label) }, "\(label)")
        }
    }
}
