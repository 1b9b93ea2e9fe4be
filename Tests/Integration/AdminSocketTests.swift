import Foundation
import Testing

/// Who may change something, and the commands that speak to the running exporter.
@Suite(.startsProcesses) struct AdminSocketTests {
    /// As shipped: nothing is said about access.
    private static let configuration = """
        service: {name: s, environment: t, version: "1", instance: i}
        web: {host_names: [health.example]}
        shutdown: {drain: 100ms, grace: 5s}
        defaults: {interval: 1s, timeout: 500ms}
        components: {db: {checks: {a: {kind: runtime}}}, file: {impact: optional, checks: {a: {kind: file, path: /nowhere}}}}
        """

    private static func started(_ configuration: String = configuration) async throws -> RunningExporter {
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        try await eventually("the admin socket") { FileManager.default.fileExists(atPath: exporter.adminSocket) }
        return exporter
    }

    private static func command(_ exporter: RunningExporter, _ arguments: String...) async throws -> Command.Ending {
        try await Command.run(try Product.exporter.path, arguments + ["--socket", exporter.adminSocket], within: 60)
    }

    @Test func commandsShowReloadAndDrill() async throws {
        let exporter = try await Self.started()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        let table = try await Self.command(exporter, "status")
        #expect(table.status == 0 && table.output.contains("/nowhere"), "\(table)")
        #expect(table.output.split(separator: "\n").last?.hasPrefix("service: ") == true)
        let one = try await Self.command(exporter, "status", "db", "--format", "json")
        #expect(one.status == 0 && one.output.contains(#""name":"db""#))
        #expect(try await Self.command(exporter, "status", "nobody").status == 2)

        #expect(try await Self.command(exporter, "drill", "db", "--for", "10m", "--by", "ada").status == 0)
        #expect(try exporter.metric("health_component_drill_active", #"component="db""#) == 1)
        #expect(try await Self.command(exporter, "drill", "db", "--end").status == 0)
        #expect(try exporter.metric("health_component_drill_active", #"component="db""#) == 0)
        let long = try await Self.command(exporter, "drill", "db", "--for", "5h")
        #expect(long.status == 2 && long.errors.contains("at most 4h"), "\(long)")

        try exporter.rewrite(Self.configuration.replacingOccurrences(of: "interval: 1s", with: "interval: 2s"))
        let reloaded = try await Self.command(exporter, "reload")
        #expect(reloaded.status == 0 && reloaded.output.contains("changed: db/a"), "\(reloaded)")
        try exporter.rewrite(Self.configuration + "\nnonsense: 1\n")
        let refused = try await Self.command(exporter, "reload")
        #expect(refused.status == 2 && refused.errors.contains("unknown key `nonsense`"), "\(refused)")
    }

    @Test func anExporterThatIsNotThereIsSaidWithThePath() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "none.sock").path
        let result = try await Command.run(try Product.exporter.path, "status", "--socket", path)
        #expect(
            result.status == 1 && result.errors.contains(path) && result.errors.contains("--socket"),
            "\(result)"
        )
    }

    @Test func aSecondExporterWithTheSameSocketRunsWithoutAndAStaleOneIsReplaced() async throws {
        let folder = try TemporaryFolder()
        let environment = ["RUNTIME_DIRECTORY": folder.url.path]
        let path = folder.url.appending(path: "health-exporter.sock").path
        let first = try RunningExporter(configuration: Self.configuration, environment: environment)
        try await first.waitUntilStarted()
        try await eventually("the admin socket") { FileManager.default.fileExists(atPath: path) }
        let second = try RunningExporter(configuration: Self.configuration, environment: environment)
        try await second.waitUntilStarted()
        try await eventually("the second says so") {
            try second.events("exporter.admin_socket").first?["error"] as? String == "another exporter listens on it"
        }
        first.signal(SIGKILL)
        _ = try await first.waitForEnd()
        #expect(FileManager.default.fileExists(atPath: path), "killed, it could not remove it")
        let third = try RunningExporter(configuration: Self.configuration, environment: environment)
        try await third.waitUntilStarted()
        try await eventually("the third answers") {
            try await Command.run(try Product.exporter.path, "status", "--socket", path).status == 0
        }
    }

    @Test func whatIsNoStaleSocketIsLeftAlone() async throws {
        let folder = try TemporaryFolder()
        let environment = ["RUNTIME_DIRECTORY": folder.url.path]
        let path = folder.url.appending(path: "health-exporter.sock").path
        // One that refuses a stream with another error than ECONNREFUSED.
        let datagrams = try UnixSocket(path, datagrams: true)
        let first = try await Self.withoutSocket(environment)
        #expect(first.contains("can't be told") && first.contains("Protocol wrong type"), "\(first)")
        #expect(FileManager.default.fileExists(atPath: path))
        withExtendedLifetime(datagrams) {}
        try FileManager.default.removeItem(atPath: path)
        _ = try folder.write("health-exporter.sock", "precious")
        let second = try await Self.withoutSocket(environment)
        #expect(second.contains("no socket"), "\(second)")
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
    }

    /// Starts an exporter that can have no socket, and ends it; returns why it has none.
    private static func withoutSocket(_ environment: [String: String]) async throws -> String {
        let exporter = try RunningExporter(configuration: configuration, environment: environment)
        try await exporter.waitUntilStarted()
        try await eventually("the exporter says so") { try !exporter.events("exporter.admin_socket").isEmpty }
        #expect(try exporter.probe("/livez").status == 200)
        exporter.signal(SIGTERM)
        #expect(try await exporter.waitForEnd() == 0)
        return try exporter.events("exporter.admin_socket").first?["error"] as? String ?? ""
    }

    @Test func aPathThatIsTooLongForASocketIsSaid() async throws {
        let folder = try TemporaryFolder()
        let long = folder.url.appending(path: String(repeating: "x", count: 120)).path
        try FileManager.default.createDirectory(atPath: long, withIntermediateDirectories: false)
        let length = "has \("\(long)/health-exporter.sock".utf8.count) bytes"
        let error = try await Self.withoutSocket(["RUNTIME_DIRECTORY": long])
        #expect(error.contains(length) && error.contains("at most 107"), "\(error)")
        let socket = "\(long)/health-exporter.sock"
        let result = try await Command.run(try Product.exporter.path, "status", "--socket", socket)
        #expect(result.status == 1 && result.errors.contains(length), "\(result)")
    }

    @Test func statusShowsWhatIsNotReady() async throws {
        let exporter = try await Self.started(
            "web: {host_names: []}\ncomponents: {file: {checks: {a: {kind: file, path: /nowhere}}}}"
        )
        try await eventually("unhealthy") { try exporter.probe("/readyz").text.contains(#""reason":"unhealthy""#) }
        let table = try await Self.command(exporter, "status")
        #expect(table.status == 0 && table.output.hasSuffix("service: not_ready (unhealthy)\n"), "\(table)")
        let json = try await Self.command(exporter, "status", "--format", "json")
        #expect(json.status == 0 && json.output.contains(#""name":"file""#), "\(json)")
    }

    @Test(arguments: ["table", "json"])
    func a503ThatIsNoDocumentIsAnError(format: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "fake.sock").path
        let fake = try UnixSocket(path)
        fake.answerOnce(503, #"{"error":"too \u001b[31mmany\u009b readers","hint":"later"}"#)
        let result = try await Command.run(try Product.exporter.path, "status", "--format", format, "--socket", path)
        #expect(result.status == 1 && result.output.isEmpty, "\(result)")
        #expect(result.errors == "too  [31mmany  readers\nlater\n", "\(result)")
    }

    @Test func anAnswerMakesTheTerminalDoNothing() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "fake.sock").path
        let fake = try UnixSocket(path)
        fake.answerOnce(200, "{\"a\":\n\"\u{1b}]0;title\u{7}\u{9b}1m\"}")
        let result = try await Command.run(try Product.exporter.path, "status", "--format", "json", "--socket", path)
        #expect(result.status == 0 && result.output == "{\"a\":\n\" ]0;title  1m\"}\n", "\(result)")
    }

    @Test func whatIsNoExporterIsSaid() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "fake.sock").path
        let fake = try UnixSocket(path)
        fake.sendOnce("220 mail.example ESMTP\r\n")
        let result = try await Command.run(try Product.exporter.path, "reload", "--socket", path)
        #expect(
            result.status == 1 && result.errors.contains(path) && result.errors.contains("--socket"),
            "\(result)"
        )
    }

    @Test(.enabled(if: Tool.nginx.isAvailable, "nginx is not installed"))
    func aPlainReverseProxyOnTheSameHostOpensNoDoor() async throws {
        let exporter = try await Self.started()
        let folder = try TemporaryFolder()
        let port = try FreePort.next()
        let configuration = try folder.write(
            "nginx.conf",
            """
            daemon off; pid \(folder.url.path)/pid; error_log /dev/null; events {}
            http {
                access_log off; client_body_temp_path \(folder.url.path)/b; proxy_temp_path \(folder.url.path)/p;
                fastcgi_temp_path \(folder.url.path)/f; uwsgi_temp_path \(folder.url.path)/u; scgi_temp_path \(folder.url.path)/s;
                server { listen 127.0.0.1:\(port); location / { proxy_pass http://127.0.0.1:\(exporter.port); } }
            }
            """
        )
        let proxy = try RunningServer(.nginx, ["-c", configuration])
        defer { proxy.stop() }
        try await eventually("the proxy") { (try? HTTP.get(port, "/livez").status) == 200 }
        #expect(try HTTP.get(port, "/api/v1/components/db/drill", method: "POST").status == 403)
        #expect(try HTTP.get(port, "/-/reload", method: "POST").status == 403)
    }
}
