import Foundation
import Testing

/// Many who ask, and one who wants to be told.
@Suite(.startsProcesses) struct ManyProbesTests {
    @Test(.enabled(if: Tool.python.isAvailable, "python3 is not installed"))
    func aThousandProbesRunNoCheck() async throws {
        let exporter = try RunningExporter(
            configuration: """
                defaults: {interval: 10m, timeout: 1s}
                components: {self: {checks: {a: {kind: runtime}}}}
                """
        )
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        let runs = try exporter.sum("health_check_runs_total")
        let script = """
            import concurrent.futures, sys, urllib.request
            def ask(_): return urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/readyz", timeout=30).status
            with concurrent.futures.ThreadPoolExecutor(50) as pool: print(sum(pool.map(ask, range(1000))))
            """
        let result = try await Command.run(Tool.python.rawValue, "-c", script, String(exporter.probePort))
        #expect(result.output == "200000\n", "\(result.errors.suffix(500))")
        #expect(try exporter.sum("health_check_runs_total") == runs)
    }

    /// systemd's side of sd_notify(3).
    @Test(.enabled(if: Tool.python.isAvailable, "python3 is not installed"))
    func systemdIsToldHowItGoes() async throws {
        let folder = try TemporaryFolder()
        let socket = folder.url.appending(path: "notify").path
        let script = """
            import os, signal, socket, subprocess, sys
            here = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            here.bind(sys.argv[1])
            here.settimeout(20)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            environment = {**os.environ, "NOTIFY_SOCKET": sys.argv[1], "WATCHDOG_USEC": "400000"}
            command = [sys.argv[2], "--listen", "127.0.0.1:0", "--probe-listen", "127.0.0.1:0"]
            exporter = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
            seen = []
            while seen.count("WATCHDOG=1") < 3 or not any(s.startswith("READY=1") for s in seen): seen.append(here.recv(256).decode())
            exporter.send_signal(signal.SIGTERM)
            while not seen[-1].startswith("STOPPING=1"): seen.append(here.recv(256).decode())
            print(exporter.wait(30))
            """
        let result = try await Command.run(Tool.python.rawValue, "-c", script, socket, try Product.exporter.path)
        #expect(result.output == "0\n", "\(result.errors.suffix(500))")
    }
}
