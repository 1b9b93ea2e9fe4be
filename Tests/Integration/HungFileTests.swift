import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Files that hang when they are opened, as those of a mount do whose server is gone.
@Suite(.startsProcesses, .enabled(if: Tool.python.isAvailable, "python3 is not installed")) struct HungFileTests {
    /// Holds a lease on a file and never gives it up: whoever opens the file waits, 45 s at most (fcntl(2), lease-break-time).
    private static func lease(_ path: String, in folder: TemporaryFolder) async throws -> RunningServer {
        let ready = folder.url.appending(path: "leased").path
        let program = """
            import fcntl, os, signal, sys, time
            signal.signal(signal.SIGIO, signal.SIG_IGN)
            fcntl.fcntl(os.open(sys.argv[1], os.O_RDWR), fcntl.F_SETLEASE, fcntl.F_WRLCK)
            open(sys.argv[2], "w").close()
            time.sleep(600)
            """
        let holder = try RunningServer(.python, ["-c", program, path, ready])
        try await eventually("the lease") { FileManager.default.fileExists(atPath: ready) }
        return holder
    }

    private static func pipe(in folder: TemporaryFolder) throws -> String {
        let path = folder.url.appending(path: "hung").path
        let made = unsafe mkfifo(path, 0o600)
        try #require(made == 0)
        return path
    }

    private static func configuration(hung path: String, version: Int) -> String {
        """
        limits: {blocking_threads: 2}
        shutdown: {drain: 100ms, grace: 8s}
        defaults: {interval: 200ms, timeout: 100ms}
        components:
          hung: {impact: optional, checks: {mount: {kind: environment, files: ["\(path)"], interval: \(200 + version)ms}}}
          well: {checks: {passwd: {kind: file, path: /etc/passwd}, disk: {kind: disk, path: /, used: {unhealthy: 100%}}}}
          self: {impact: informational, checks: {runtime: {kind: runtime, interval: 1s}}}
        """
    }

    @Test func aHungCallCostsOneThreadWhateverComesAfter() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("hung", "something")
        let holder = try await Self.lease(path, in: folder)
        defer { holder.stop() }
        let exporter = try RunningExporter(configuration: Self.configuration(hung: path, version: 1))
        try await exporter.waitUntilStarted()
        try await eventually("forty slots of the hung check") {
            try exporter.sum("health_check_skips_total", #"check="mount""#) >= 40
        }
        func expectOneThread() async throws {
            try await eventually("the hung check is unhealthy") {
                try exporter.metric("health_check_status", #"check="mount""#, #"status="unhealthy""#) == 1
            }
            #expect(try exporter.metric("health_exporter_runs_overdue") == 1)
            try await eventually("one of two threads is busy") {
                try exporter.metric("health_runtime_blocking_pool_busy_ratio") == 0.5
            }
            try await eventually("the others are healthy") {
                try exporter.metric("health_component_status", #"component="well""#, #"status="healthy""#) == 1
            }
        }
        try await expectOneThread()
        #expect(try exporter.get("/health/detailed").text.contains(#""name":"mount""#))
        // A timeout, or on a machine that is short of CPU an internal error; one run, whatever it came to.
        #expect(try exporter.sum("health_check_runs_total", #"check="mount""#) == 1)
        // A changed check is another one; what it asks hangs all the same.
        for version in 2...4 {
            try exporter.rewrite(Self.configuration(hung: path, version: version))
            #expect(try exporter.post("/-/reload").status == 200)
        }
        try await expectOneThread()
        exporter.signal(SIGTERM)
        #expect(try await exporter.waitForEnd() == 0, "hung runs are abandoned, not waited for")
    }

    @Test func aSecretThatHangsFailsTheReloadAndBlocksNoEnd() async throws {
        let folder = try TemporaryFolder()
        let secret = try folder.write("secret", "one\n")
        func configuration(_ path: String) -> String {
            """
            shutdown: {drain: 100ms, grace: 8s}
            components:
              a: {checks: {b: {kind: exec, command: ["true"], environment: {X: "${file:\(path)}"}}}}
            """
        }
        let exporter = try RunningExporter(configuration: configuration(secret))
        try await exporter.waitUntilStarted()
        try exporter.rewrite(configuration(try Self.pipe(in: folder)))
        exporter.signal(SIGHUP)
        try await eventually("a failed reload that says so") {
            try exporter.events("config.reload_failed").contains {
                ($0["error"] as? String)?.contains("this is no regular file") == true
            }
        }
        #expect(try exporter.metric("health_exporter_config_last_reload_successful") == 0)
        #expect(try exporter.metric("health_exporter_config_reloads_total", #"result="failure""#) ?? 0 >= 1)
        exporter.signal(SIGTERM)
        #expect(try await exporter.waitForEnd() == 0)
    }
}
