import Foundation
import Testing

/// Certificates that are replaced under running checks.
@Suite(.startsProcesses)
struct RotationTests {
    /// An authority, made for the test, and what it signs.
    private struct Authority {
        let folder: TemporaryFolder
        let name: String

        private static func openssl(_ arguments: [String]) async throws {
            let made = try await Command.run("/usr/bin/openssl", arguments)
            try #require(made.status == 0, "\(arguments): \(made.errors)")
        }

        func path(_ file: String) -> String { folder.url.appending(path: file).path }

        func make() async throws {
            try await Self.openssl(
                ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
                    + ["-subj", "/CN=\(name)", "-keyout", path("\(name).key"), "-out", path("\(name).pem")]
            )
        }

        /// Signs a certificate for localhost with a serial number.
        func sign(_ file: String, serial: Int) async throws {
            try await Self.openssl(
                ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=\(file)"]
                    + ["-keyout", path("\(file).key"), "-out", path("\(file).csr")]
            )
            let extensions = try folder.write("\(file).ext", "subjectAltName=DNS:localhost")
            try await Self.openssl(
                ["x509", "-req", "-in", path("\(file).csr"), "-CA", path("\(name).pem"), "-CAkey", path("\(name).key")]
                    + ["-set_serial", "\(serial)", "-days", "30", "-extfile", extensions, "-out", path("\(file).pem")]
            )
        }
    }

    /// Replaces what is in a file, as a program does that writes into it.
    private static func replace(_ path: String, with data: Data) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? handle.close() }
        try handle.truncate(atOffset: 0)
        try handle.write(contentsOf: data)
    }

    @Test(.enabled(if: Tool.nginx.isAvailable, "nginx is not installed"))
    func aClientCertificateAndItsAuthorityAreReplacedWithoutALostVerdict() async throws {
        let folder = try TemporaryFolder()
        let (old, new) = (Authority(folder: folder, name: "old-ca"), Authority(folder: folder, name: "new-ca"))
        for authority in [old, new] { try await authority.make() }
        for (name, serial) in [("server", 1), ("client-a", 10), ("client-b", 11)] {
            try await old.sign(name, serial: serial)
        }
        try await new.sign("new-server", serial: 2)
        func contents(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: old.path(name))) }
        for (copy, original) in [
            ("client.pem", "client-a.pem"), ("client.key", "client-a.key"), ("ca.pem", "old-ca.pem"),
        ] {
            _ = try folder.write(copy, try contents(original))
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: old.path("client.key"))
        let (port, newPort) = (try FreePort.next(), try FreePort.next())
        let servers = [(port, "server"), (newPort, "new-server")].map { port, name in
            """
            server { listen 127.0.0.1:\(port) ssl; ssl_certificate \(old.path("\(name).pem"));
            ssl_certificate_key \(old.path("\(name).key")); ssl_client_certificate \(old.path("old-ca.pem"));
            ssl_verify_client on; location / { return 200 ok; } }
            """
        }
        let settings = try folder.write(
            "nginx.conf",
            """
            daemon off; pid \(folder.url.path)/pid; error_log \(folder.url.path)/error.log; events {}
            http { log_format serial '$ssl_client_serial $server_port $status'; access_log \(folder.url.path)/access.log serial;
            \(servers.joined(separator: "\n")) }
            """
        )
        let nginx = try RunningServer(.nginx, ["-c", settings, "-p", folder.url.path])
        defer { nginx.stop() }
        try await eventually("nginx") { (try? Loopback.connect(port)).map { close($0) } != nil }
        func served(_ line: String) throws -> Bool {
            try String(contentsOfFile: old.path("access.log"), encoding: .utf8).contains("\(line)\n")
        }
        let tls =
            "tls: {ca: \(old.path("ca.pem")), certificate: \(old.path("client.pem")), key: \(old.path("client.key"))}"
        let exporter = try RunningExporter(
            configuration: """
                defaults: {failure_threshold: 1}
                components:
                  c: {checks: {t: {kind: http, url: "https://localhost:\(port)/", interval: 2s, timeout: 1900ms, \(tls)}}}
                """
        )
        try await exporter.waitUntilStarted()
        try await eventually("the first certificate is seen") { try served("0A \(port) 200") }

        func failures() throws -> Int { try exporter.events("config.reload_failed").count }
        // Only one of the pair.
        try Self.replace(old.path("client.pem"), with: try contents("client-b.pem"))
        try await eventually("half a pair is refused", within: 30) { try failures() >= 1 }
        let said = try exporter.events("config.reload_failed").compactMap { $0["error"] as? String }
        #expect(said.contains { $0.contains("tls.certificate: does not fit the `key`") }, "\(said)")
        let before = try exporter.sum("health_check_runs_total", #"result="success""#)
        try await eventually("runs with the old pair") {
            try exporter.sum("health_check_runs_total", #"result="success""#) >= before + 2
        }
        #expect(try !served("0B \(port) 200"))
        try Self.replace(old.path("client.key"), with: try contents("client-b.key"))
        try await eventually("the second certificate is seen", within: 30) { try served("0B \(port) 200") }

        // An authority of which only a part is there yet, and then both, the second of them for the server to come.
        let refusals = try failures()
        let both = try contents("old-ca.pem") + contents("new-ca.pem")
        try Self.replace(old.path("ca.pem"), with: both.dropLast(100))
        try await eventually("a part of a file is refused", within: 30) { try failures() > refusals }
        try Self.replace(old.path("ca.pem"), with: both)
        let loads = try exporter.events("config.loaded").count
        try await eventually("the new authority is read", within: 30) {
            try exporter.events("config.loaded").count > loads
        }
        try exporter.rewrite(
            try String(contentsOfFile: exporter.configurationPath, encoding: .utf8).replacing(
                ":\(port)/",
                with: ":\(newPort)/"
            )
        )
        #expect(try exporter.post("/-/reload").status == 200)
        try await eventually("the server of the new authority") { try served("0B \(newPort) 200") }

        #expect(try exporter.sum("health_check_failures_total") == 0)
        #expect(try exporter.metric("health_check_status", #"status="healthy""#) == 1)
        let changes = try exporter.events("check.status_changed").compactMap { $0["status"] as? String }
        #expect(changes.allSatisfy { $0 == "healthy" }, "\(changes)")
    }
}
