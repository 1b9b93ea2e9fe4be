import Foundation
import Testing

/// What commands of `exec` checks inherit: three descriptors and the variables that the configuration gives, whatever else the exporter
/// has open and set.
@Suite(.startsProcesses, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
struct InheritanceTests {
    /// Succeeds when it has nothing but what it was given, else says what that is.
    private static let program = """
        import os, sys
        found = {}
        for name in os.listdir("/proc/self/fd"):
            try:
                found[name] = os.readlink("/proc/self/fd/" + name).split("[")[0]
            except OSError:
                pass  # the list's own, which is closed by now
        variables = sorted(open("/proc/self/environ").read().strip("\\0").split("\\0"))
        blocked = [line for line in open("/proc/self/status") if line.startswith("SigBlk")][0].split()[1]
        print(found, variables, blocked)
        right = found == {"0": "/dev/null", "1": "pipe:", "2": "/dev/null"} and int(blocked, 16) == 0
        wanted = ["GIVEN=given", "LC_ALL=C", "PATH="]
        sys.exit(0 if right and [v[:len(w)] for v, w in zip(variables, wanted)] == wanted and len(variables) == 3 else 2)
        """

    @Test func commandsGetWhatTheyAreGivenAndNothingElse() async throws {
        let (faults, folder) = (try await Faults(), try TemporaryFolder())
        let program = try folder.write("program.py", Self.program)
        let port = try #require(faults.ports["silence"])
        var text = "defaults: {interval: 200ms, timeout: 190ms}\ncomponents:\n  load:\n    checks:\n"
        // Each holds a connection for most of the time, so that sockets are made and closed while commands start.
        for number in 0..<100 {
            text += #"      t\#(number): {kind: http, url: "http://127.0.0.1:\#(port)/"}"# + "\n"
        }
        text += "  commands:\n    checks:\n"
        for number in 0..<4 {
            text += "      e\(number): {kind: exec, interval: 500ms, timeout: 490ms, "
            text += "command: [/usr/bin/python3, -I, -S, \(program)], environment: {GIVEN: given}}\n"
        }
        let exporter = try RunningExporter(configuration: text, environment: ["NOT_GIVEN": "secret"])
        try await exporter.waitUntilStarted()
        // Connections to each listener, the admin socket's among them.
        var connections = try (0..<100).map { _ in try OpenConnection(exporter.port, sending: "GET / HTTP/1.1\r\n") }
        connections += try (0..<50).map { _ in try OpenConnection(exporter.probePort) }
        let status = ["status", "commands", "--socket", exporter.adminSocket]
        var ended = 0.0
        try await eventually("200 commands", within: 120) {
            for _ in 0..<5 { try await Command.run(try Product.exporter.path, status) }
            ended = try exporter.sum("health_check_runs_total", #"component="commands""#, #"result="success""#)
            return ended >= 200
        }
        let failures = try exporter.sum("health_check_runs_total", #"component="commands""#, #"result="failure""#)
        let said = try exporter.get("/api/v1/components/commands").text
        #expect(failures == 0, "\(said)")
        #expect(try exporter.sum("health_check_runs_total", #"component="load""#, #"result="timeout""#) > 500)
        #expect(connections.count == 150)
    }
}
