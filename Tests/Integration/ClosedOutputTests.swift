import Foundation
import Testing

/// An exporter that was started without standard input, output and error.
@Suite(.startsProcesses)
struct ClosedOutputTests {
    /// Whatever opens a descriptor first would get number 0, then 1, then 2, and be sent the log.
    @Test func nothingElseIsTakenForTheStandardOutput() async throws {
        let folder = try TemporaryFolder()
        let (listen, probe) = (try FreePort.next(), try FreePort.next())
        let script = #"""
            echo $$ >"$1/pid"
            exec 0<&- 1>&- 2>&-
            exec "$0" run --listen "127.0.0.1:$2" --probe-listen "127.0.0.1:$3"
            """#
        let server = try RunningServer(
            path: "/bin/sh",
            ["-c", script, Product.exporter.path, folder.url.path, String(listen), String(probe)],
            environment: ["RUNTIME_DIRECTORY": folder.url.path]
        )
        try await eventually("an answer") { (try? HTTP.get(probe, "/livez").status) == 200 }
        #expect(try HTTP.get(listen, "/metrics").status == 200)
        let text = try String(contentsOf: folder.url.appending(path: "pid"), encoding: .utf8)
        let process = text.trimmingCharacters(in: .whitespacesAndNewlines)
        for number in 0...2 {
            let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/fd/\(number)")
            #expect(target == "/dev/null")
        }
        server.stop()
    }
}
