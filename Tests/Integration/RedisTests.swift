import Foundation
import Testing

/// The redis kind against Redis itself.
@Suite(
    .startsProcesses,
    .enabled(if: Tool.redis.isAvailable && Tool.redisClient.isAvailable, "redis-server is not installed")
)
struct RedisTests {
    private static let password = "canary-password"

    private static func start(_ port: Int, _ further: [String] = []) async throws -> RunningServer {
        let folder = FileManager.default.temporaryDirectory.path
        let server = try RunningServer(
            .redis,
            ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder, "--requirepass", password]
                + ["--masterauth", password, "--repl-diskless-sync-delay", "0"] + further
        )
        try await eventually("Redis") { try await query(port, "PING") == "PONG" }
        return server
    }

    /// What the server itself says, through its own client.
    private static func query(_ port: Int, _ words: String...) async throws -> String {
        let client = ["-p", String(port), "--no-auth-warning", "-a", password]
        let result = try await Command.run(Tool.redisClient.rawValue, client + words)
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func info(_ port: Int, _ field: String) async throws -> String? {
        try await query(port, "INFO").split(whereSeparator: \.isNewline).first { $0.hasPrefix("\(field):") }
            .map { String($0.dropFirst(field.count + 1)) }
    }

    private static func keys(_ port: Int, _ further: String = "", password: String = RedisTests.password) -> String {
        let base = #"kind: redis, url: "redis://127.0.0.1:\#(port)/1", password: \#(password)"#
        return further.isEmpty ? base : "\(base), \(further)"
    }

    @Test func saysWhatTheServerSaysOfItself() async throws {
        let port = try FreePort.next()
        let server = try await Self.start(port, ["--maxmemory", "64mb"])
        _ = try await Self.query(port, "ACL", "SETUSER", "monitor", "on", ">known", "+ping", "+info", "+select")
        _ = try await Self.query(port, "ACL", "SETUSER", "pinger", "on", ">known", "+ping", "+select")
        _ = try await Self.query(port, "ACL", "SETUSER", "mute", "on", ">known", "+info")
        let (open, user) = (
            #"kind: redis, url: "redis://127.0.0.1:\#(port)""#,
            #"kind: redis, url: "redis://monitor@127.0.0.1:\#(port)/1""#
        )
        let seen = try await Once.run([
            "good": Self.keys(port, "memory_used: {degraded: 90%}, role: master"), "user": "\(user), password: known",
            "none": open, "wrong": Self.keys(port, password: "wrong"), "unknown": "\(user), password: wrong",
            "mute": "\(user), password: known".replacing("monitor@", with: "mute@").replacing("/1\"", with: "\""),
            "full": Self.keys(port, "memory_used: {degraded: 0.5%, unhealthy: 90%}"),
            "fuller": Self.keys(port, "memory_used: {unhealthy: 0.5%}"), "role": Self.keys(port, "role: replica"),
            "pinger": "\(user), password: known".replacing("monitor@", with: "pinger@"),
            "blind": "\(user), password: known, role: master".replacing("monitor@", with: "pinger@"),
        ])
        #expect(
            seen.mapValues(\.said) == [
                "good": "success", "user": "success", "none": "authentication", "wrong": "authentication",
                "unknown": "authentication", "mute": "authentication", "full": "threshold", "fuller": "threshold",
                "role": "assertion", "pinger": "success", "blind": "authentication",
            ]
        )
        #expect(seen["full"]?.result == "degraded" && seen["fuller"]?.result == "failure")
        let alone = try await Once.run(Self.keys(port))
        let version = try #require(try await Self.info(port, "redis_version"))
        #expect(alone.details["version"] == version && alone.details["role"] == "master")
        // The check's own connection stands for that of the client that asks now.
        let clients = try await Self.info(port, "connected_clients").flatMap { Double($0) }
        #expect(alone.measurements["health_redis_connected_clients"] == clients && clients == 1)
        let used = try #require(try await Self.info(port, "used_memory").flatMap { Double($0) })
        let measured = try #require(alone.measurements["health_redis_memory_used_bytes"])
        #expect(abs(measured - used) < used * 0.2)
        let ratio = try #require(alone.measurements["health_redis_memory_used_ratio"])
        #expect(abs(ratio - measured / 67_108_864) < 1e-9)
        server.signal(SIGSTOP)
        let halted = try await Once.run(Self.keys(port), timeout: "1s")
        #expect(halted.said == "timeout" && halted.duration == 1)
        server.stop()
        #expect(try await Once.run(Self.keys(port)).said == "connect_refused")
    }

    @Test func followsReplication() async throws {
        let (port, replicaPort) = (try FreePort.next(), try FreePort.next())
        let master = try await Self.start(port)
        let replica = try await Self.start(replicaPort, ["--replicaof", "127.0.0.1 \(port)"])
        try await eventually("replication") { try await Self.info(replicaPort, "master_link_status") == "up" }
        let lag = "replication_lag: {degraded: 5m, unhealthy: 10m}"
        let seen = try await Once.run([
            "master": Self.keys(port, "\(lag), role: master"),
            "replica": Self.keys(replicaPort, "\(lag), role: replica"),
        ])
        #expect(seen.mapValues(\.said) == ["master": "success", "replica": "success"])
        for name in ["master", "replica"] {
            let measured = try #require(seen[name]?.measurements["health_redis_replication_lag_seconds"])
            #expect((0...20).contains(measured))
        }
        master.stop()
        try await eventually("the replica alone") { try await Self.info(replicaPort, "master_link_status") == "down" }
        let orphan = try await Once.run(Self.keys(replicaPort, lag))
        #expect(orphan.result == "failure" && orphan.said == "not_serving", "\(orphan.message)")
        #expect(try await Once.run(Self.keys(replicaPort)).said == "success")
        replica.stop()
    }

    /// Between pings, an idle replica hears nothing for ten seconds.
    @Test(.mostlyWaits) func anIdleReplicaIsNotBehindAndOneThatIsCutOffIs() async throws {
        let (port, replicaPort) = (try FreePort.next(), try FreePort.next())
        let master = try await Self.start(port)
        let replica = try await Self.start(replicaPort, ["--replicaof", "127.0.0.1 \(port)"])
        try await eventually("replication") { try await Self.info(replicaPort, "master_link_status") == "up" }
        _ = try await Self.query(replicaPort, "ACL", "SETUSER", "monitor", "on", ">known", "+ping", "+info", "+select")
        let lag = "replication_lag: {degraded: 5s}"
        let monitor = #"kind: redis, url: "redis://monitor@127.0.0.1:\#(replicaPort)", password: known, \#(lag)"#
        let exporter = try RunningExporter(
            configuration: """
                defaults: {interval: 1s, timeout: 900ms}
                components:
                  t:
                    checks:
                      admin: {\(Self.keys(replicaPort, lag))}
                      # Who may not ask for the ping period.
                      monitor: {\(monitor)}

                """
        )
        try await exporter.waitUntilStarted()
        func checks() throws -> [[String: Any]] {
            try exporter.get("/api/v1/components/t").json["checks"] as? [[String: Any]] ?? []
        }
        func measured() throws -> [Double] {
            try checks().compactMap {
                ($0["measurements"] as? [String: Any])?["health_redis_replication_lag_seconds"] as? Double
            }
        }
        try await eventually("both checks") { try measured().count == 2 }
        var longestSilence = 0
        for _ in 0..<26 {
            let silence = try await Self.info(replicaPort, "master_last_io_seconds_ago").flatMap { Int($0) }
            longestSilence = max(longestSilence, silence ?? 0)
            #expect(try measured().allSatisfy { $0 == 0 })
            #expect(try checks().allSatisfy { $0["status"] as? String == "healthy" })
            try await Task.sleep(for: .milliseconds(500))
        }
        #expect(longestSilence > 5)
        master.signal(SIGSTOP)
        try await eventually("a replica that is behind") {
            let reasons = try checks().compactMap { $0["reason"] as? String }
            return try measured().allSatisfy { $0 >= 12 } && reasons == ["threshold", "threshold"]
        }
        _ = try await Self.query(replicaPort, "REPLICAOF", "NO", "ONE")
        // A primary without replicas has no lag.
        try await eventually("a primary") {
            try await Self.info(replicaPort, "role") == "master"
                && checks().allSatisfy { $0["status"] as? String == "healthy" }
        }
        master.signal(SIGCONT)
        master.stop()
        replica.stop()
    }
}
