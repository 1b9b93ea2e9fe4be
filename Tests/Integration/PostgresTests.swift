import Foundation
import Testing

/// The postgres kind against PostgreSQL itself.
@Suite(.startsProcesses, .enabled(if: PostgresServer.isAvailable, "postgresql is not installed"))
struct PostgresTests {
    @Test func saysWhatTheServerSaysOfItself() async throws {
        let server = try await PostgresServer(settings: ["max_connections": "20"])
        let sessions = try (0..<5).map { _ in try server.session("SELECT 1") }
        let clients = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
        // The question itself needs a connection, as the check does.
        try await eventually("six clients") { try await server.query(clients) == "6" }
        try await server.query("CREATE TABLE versions (version text); INSERT INTO versions VALUES ('7'), ('8')")
        try await server.query("CREATE ROLE guest LOGIN PASSWORD 'guest'")
        let guest = #"kind: postgres, url: "postgres://guest@127.0.0.1:\#(server.port)/postgres", password: guest"#
        let seen = try await Once.run([
            "values": server.keys("connections_used: {unhealthy: 100%}"),
            "wrong": server.keys(password: "wrong"), "none": server.keys("migration: {table: v, column: v, expect: 1}"),
            "query": server.keys(#"query: "SELECT version FROM versions""#),
            "syntax": server.keys(#"query: "SELEC 1""#),
            "old": server.keys("migration: {table: public.versions, column: version, expect: 7}"),
            "new": server.keys("migration: {table: versions, column: version, expect: 9}"),
            "denied": "\(guest), query: SELECT * FROM versions",
        ])
        #expect(
            seen.mapValues(\.said) == [
                "values": "success", "wrong": "authentication", "none": "missing", "query": "success",
                "syntax": "error",
                "old": "success", "new": "assertion", "denied": "authentication",
            ]
        )
        #expect(seen["new"]?.message == "the schema has no version 9; its last is 8")

        // One at a time, so that only this connection is added to the six.
        let alone = try await Once.run(server.keys("connections_used: {degraded: 30%, unhealthy: 95%}"))
        #expect(alone.said == "threshold" && alone.result == "degraded", "\(alone.message)")
        let limit = try #require(
            Double(
                try await server.query(
                    "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
                )
            )
        )
        #expect(alone.measurements["health_postgres_connections_used"] == 6)
        #expect(alone.measurements["health_postgres_connections_limit"] == limit && limit == 17)
        #expect(alone.measurements["health_postgres_connections_used_ratio"] == 6 / limit)
        // Who may not look at other people's sessions counts the same.
        let asGuest = try await Once.run("\(guest), connections_used: {unhealthy: 35%}")
        #expect(asGuest.measurements["health_postgres_connections_used"] == 6)
        #expect(asGuest.result == "failure" && asGuest.said == "threshold")
        #expect(alone.phases.values.reduce(0, +) <= alone.duration + 0.001)
        for session in sessions { session.signal(SIGKILL) }
    }

    @Test func aFullServerIsAThresholdToWhoCountsConnections() async throws {
        let server = try await PostgresServer(settings: ["max_connections": "5", "superuser_reserved_connections": "0"])
        var sessions: [RunningServer] = []
        // One that comes while a question is asked may be turned away, and isn't replaced by itself.
        try await eventually("a full server") {
            sessions.append(try server.session("SELECT 1"))
            try await Task.sleep(for: .milliseconds(200))
            return try await server.query("SELECT 1", expectsSuccess: false) == ""
        }
        let seen = try await Once.run([
            "counts": server.keys("connections_used: {degraded: 80%}"), "asks": server.keys(),
        ])
        #expect(seen["counts"]?.said == "threshold" && seen["asks"]?.said == "threshold")
        #expect(seen["asks"]?.message.hasPrefix("127.0.0.1:\(server.port): 53300: ") == true)
        for session in sessions { session.signal(SIGKILL) }
    }

    @Test func aQueryThatALockHoldsTimesOutAndLeavesNoSession() async throws {
        let server = try await PostgresServer()
        try await server.query("CREATE TABLE t (n int)")
        let holder = try server.session("BEGIN; LOCK TABLE t")
        let locks = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
        try await eventually("the lock") { try await server.query(locks) == "1" }
        let seen = try await Once.run(server.keys(#"query: "SELECT * FROM t""#), timeout: "1s")
        #expect(seen.result == "timeout" && seen.said == "timeout" && seen.duration == 1)
        let left = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'health-exporter'"
        try await eventually("no session left", within: 10) { try await server.query(left) == "0" }
        holder.signal(SIGKILL)
    }

    @Test func aServerThatIsStoppedOrHaltedIsToldApart() async throws {
        let server = try await PostgresServer()
        #expect(try await Once.run(server.keys()).said == "success")
        server.signal(SIGSTOP)
        let halted = try await Once.run(server.keys(), timeout: "1s")
        #expect(halted.result == "timeout" && halted.said == "timeout" && halted.duration == 1)
        server.signal(SIGCONT)
        server.stop()
        #expect(try await Once.run(server.keys()).said == "connect_refused")
    }

    @Test func followsReplication() async throws {
        let primary = try await PostgresServer()
        let lag = "replication_lag: {degraded: 1s, unhealthy: 10m}"
        let alone = try await Once.run(primary.keys(lag))
        #expect(alone.said == "success" && alone.measurements["health_postgres_replication_lag_seconds"] == nil)
        let standby = try await PostgresServer(standbyOf: primary)
        let streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        try await eventually("replication") { try await primary.query(streaming) == "1" }
        try await primary.query("CREATE ROLE guest LOGIN PASSWORD 'guest'")
        let guest = #"kind: postgres, url: "postgres://guest@127.0.0.1:\#(primary.port)/postgres", password: guest"#
        let blind = try await Once.run(["asked": "\(guest), \(lag)", "unasked": guest])
        // What may not be seen is not reported as 0.
        #expect(blind["asked"]?.said == "authentication" && blind["unasked"]?.said == "success")
        #expect(blind["unasked"]?.measurements["health_postgres_replication_lag_seconds"] == nil)
        let fresh = try await Once.run(["primary": primary.keys(lag), "standby": standby.keys(lag)])
        #expect(fresh.mapValues(\.said) == ["primary": "success", "standby": "success"])
        #expect(fresh["standby"]?.measurements["health_postgres_replication_lag_seconds"] == 0)
        #expect(fresh["primary"]?.measurements["health_postgres_replication_lag_seconds"] != nil)

        primary.stop()
        let receivers = "SELECT count(*) FROM pg_stat_wal_receiver"
        try await eventually("the standby alone") { try await standby.query(receivers) == "0" }
        let orphan = try await Once.run(standby.keys(lag))
        #expect(orphan.result == "failure" && orphan.said == "not_serving", "\(orphan.message)")
    }

    /// A quiet database: its last transaction is old when replay is paused, and the standby is not.
    @Test func aStandbyIsBehindFromWhenItWasLastSeenCaughtUp() async throws {
        let primary = try await PostgresServer()
        try await primary.query("CREATE TABLE t (n int)")
        let standby = try await PostgresServer(standbyOf: primary)
        let streaming = "SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'"
        try await eventually("replication") { try await primary.query(streaming) == "1" }
        try await primary.query("INSERT INTO t VALUES (1)")
        try await eventually("the row on the standby") { try await standby.query("SELECT count(*) FROM t") == "1" }
        let keys = standby.keys("replication_lag: {degraded: 1h}")
        let exporter = try RunningExporter(
            configuration: "components:\n  t:\n    checks:\n      k: {interval: 1s, timeout: 900ms, \(keys)}\n"
        )
        try await exporter.waitUntilStarted()
        func lag() throws -> Double? {
            let checks = try exporter.get("/api/v1/components/t").json["checks"] as? [[String: Any]]
            let measured = checks?.first?["measurements"] as? [String: Any]
            return measured?["health_postgres_replication_lag_seconds"] as? Double
        }
        try await eventually("a standby that is caught up") { try lag() == 0 }
        // As long as the database has been quiet.
        try await Task.sleep(for: .seconds(8))
        try await standby.query("SELECT pg_wal_replay_pause()")
        try await primary.query("INSERT INTO t VALUES (2)")
        let quiet = "SELECT extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp())"
        var seen: (lag: Double, sinceReplay: Double)?
        try await eventually("a standby that is behind") {
            guard let lag = try lag(), lag > 0, let age = Double(try await standby.query(quiet)) else { return false }
            seen = (lag, age)
            return true
        }
        let behind = try #require(seen)
        #expect(behind.lag > 0 && behind.lag < behind.sinceReplay - 4, "\(behind)")
        try await standby.query("SELECT pg_wal_replay_resume()")
        try await eventually("a standby that is caught up again") { try lag() == 0 }
        try await standby.query("SELECT pg_promote()")
        // A primary without standbys has no lag, and is healthy.
        try await eventually("a primary") { try await standby.query("SELECT pg_is_in_recovery()") == "f" }
        let promoted = try await Once.run(keys)
        #expect(promoted.said == "success", "\(promoted.message)")
        #expect(promoted.measurements["health_postgres_replication_lag_seconds"] == nil)
    }

    @Test func namesTheGrantThatIsMissing() async throws {
        let server = try await PostgresServer()
        try await server.query("CREATE TABLE versions (version text)")
        try await server.query("CREATE ROLE guest LOGIN PASSWORD 'open sesame'")
        let address = "127.0.0.1:\(server.port)"
        let guest = #"kind: postgres, url: "postgres://guest@\#(address)/postgres", password: open sesame"#
        let seen = try await Once.run([
            "query": #"\#(guest), query: "SELECT * FROM versions""#,
            "migration": "\(guest), migration: {table: versions, column: version, expect: 1}",
        ])
        #expect(seen.mapValues(\.said) == ["query": "authentication", "migration": "authentication"])
        let denied = "\(address): 42501: permission denied for table versions; grant"
        #expect(seen["query"]?.message == "\(denied) what the query needs to guest")
        #expect(seen["migration"]?.message == "\(denied) SELECT on versions, and USAGE on its schema, to guest")
    }

    @Test func whatTheEnvironmentSaysToLibpqIsNotHeard() async throws {
        let (server, home) = (try await PostgresServer(), try TemporaryFolder())
        let passwords = try home.write(".pgpass", "*:*:*:*:\(PostgresServer.password)")
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: passwords)
        let service = try home.write(".pg_service.conf", "[other]\nhost=203.0.113.1\nsslmode=verify-full\n")
        let hostile = [
            "PGHOST": "203.0.113.1", "PGHOSTADDR": "203.0.113.1", "PGPORT": "1", "PGDATABASE": "none", "PGUSER": "none",
            "PGPASSWORD": PostgresServer.password, "PGPASSFILE": passwords, "PGSERVICE": "nowhere",
            "PGSERVICEFILE": service, "PGOPTIONS": "-c no.such=1 -c statement_timeout=1", "PGSSLMODE": "verify-full",
            "PGSSLROOTCERT": "/none", "PGSSLCRLDIR": home.url.path, "PGSSLMAXPROTOCOLVERSION": "none",
            "PGCHANNELBINDING": "require", "PGREQUIREPEER": "none", "PGCLIENTENCODING": "none", "PGAPPNAME": "none",
            "PGTARGETSESSIONATTRS": "standby", "PGTZ": "none", "PGDATESTYLE": "none", "PGGEQO": "none",
            "HOME": home.url.path,
        ]
        let open = #"kind: postgres, url: "postgres://postgres@127.0.0.1:\#(server.port)/postgres""#
        for name in ["nowhere", "other"] {
            let environment = hostile.merging(["PGSERVICE": name]) { $1 }
            let seen = try await Once.run(["good": server.keys(), "open": open], environment: environment)
            #expect(seen["good"]?.said == "success", "\(seen["good"]?.message ?? "")")
            // Nobody lends it a password.
            #expect(seen["open"]?.said == "authentication", "\(seen["open"]?.message ?? "")")
        }
    }

    @Test func verifiesCertificates() async throws {
        let folder = try TemporaryFolder()
        var files: [String] = []
        for name in ["good.pem", "good.key"] {
            let file = try folder.write(
                name,
                try Data(contentsOf: Faults.folder.appending(path: "certificates/\(name)"))
            )
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file)
            files.append(file)
        }
        if getuid() == 0 {
            try await Command.run("/usr/bin/chown", ["-R", "postgres:postgres", folder.url.path])
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: files[1])
        let server = try await PostgresServer(
            settings: ["ssl": "on", "ssl_cert_file": files[0], "ssl_key_file": files[1]]
        )
        let seen = try await Once.run([
            "good": server.keys("tls: {ca: \(Faults.authority), expires_within: {degraded: 1d}}"),
            "system": server.keys("tls: {}"), "unverified": server.keys("tls: {verify: false}"),
            "name": server.keys("tls: {ca: \(Faults.authority), server_name: other.example}"),
            "require": server.keys().replacing("/postgres\"", with: "/postgres?sslmode=require\""),
        ])
        #expect(
            seen.mapValues(\.said) == [
                "good": "success", "system": "tls_untrusted", "unverified": "success", "name": "tls_hostname",
                "require": "success",
            ]
        )
        // 2124-01-01.
        for name in ["good", "system", "unverified"] {
            #expect(seen[name]?.measurements["health_tls_certificate_not_after_timestamp_seconds"] == 4_859_740_800)
        }
    }
}
