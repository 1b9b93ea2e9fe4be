import Foundation
import Testing

/// The status page in a real browser.
@Suite(.startsProcesses)
struct StatusPageTests {
    private static let root = Faults.folder.deletingLastPathComponent().deletingLastPathComponent()
    private static let python = root.appending(path: ".build/browser/bin/python").path

    private static var hasBrowser: Bool {
        let has =
            FileManager.default.isExecutableFile(atPath: "/usr/bin/chromium")
            && FileManager.default.isExecutableFile(atPath: python)
        return Tool.mayNotSkip || has
    }

    @Test(.needsTheMachine, .enabled(if: hasBrowser, "no chromium, or no Python with playwright in .build/browser"))
    func itWorksInABrowser() async throws {
        let pictures = try TemporaryFolder()
        let program = Self.root.appending(path: "Tests/StatusPage/browser.py").path
        let result = try await Command.run(
            Self.python,
            [program, try Product.exporter.path, pictures.url.path],
            environment: ["PYTHONDONTWRITEBYTECODE": "1"],
            within: 900
        )
        #expect(result.status == 0, "\(result.output)\n\(result.errors)")
    }

    @Test func eventsComeAsTheyHappenAndEndWithTheExporter() async throws {
        let exporter = try RunningExporter(
            configuration: """
                web: {lifecycle: loopback}
                shutdown: {drain: 0s, grace: 5s}
                defaults: {interval: 200ms, timeout: 100ms}
                components: {a: {checks: {disk: {kind: disk, path: /}}}}
                """
        )
        try await exporter.waitUntilStarted()
        try await eventually("healthy") { try exporter.probe("/readyz").status == 200 }
        let file = try TemporaryFolder()
        let events = try file.write("events", "")
        let curl = Process()
        curl.executableURL = URL(filePath: Tool.curl.rawValue)
        curl.arguments = ["-sN", "-o", events, "http://127.0.0.1:\(exporter.port)/events"]
        try curl.run()
        defer { curl.killAtOnce() }
        func received() throws -> String { try String(contentsOfFile: events, encoding: .utf8) }
        // A page that knows nothing is to load itself anew.
        try await eventually("the first event") { try received().contains("event: reset\nid: ") }
        #expect(try received().hasPrefix("retry: "))
        let drill = #"{"for": "1m"}"#
        #expect(try exporter.post("/api/v1/components/a/drill", body: drill).status == 200)
        try await eventually("an update") { try received().contains("event: update\n") }
        let update = try #require(try received().components(separatedBy: "event: update\n").last)
        #expect(update.contains(#""rows":{"a":"<li"#) && update.contains(#""state":"unhealthy""#))
        #expect(try exporter.metric("health_exporter_http_requests_total", #"handler="/""#, #"code="2xx""#) == 1)
        #expect(try await exporter.end(by: SIGTERM) == 0)
        try await eventually("the stream ends") { !curl.isRunning }
    }
}
