import Foundation
import Testing

/// nginx with TLS, a gRPC health server and monitoring plugins, each in every state.
@Suite(.startsProcesses)
struct ServerTests {
    // MARK: nginx

    private static func certificate(_ name: String) -> String {
        Faults.folder.appending(path: "certificates/\(name)").path
    }

    /// A key that only we may read, or it is refused.
    private static func key(_ name: String) throws -> String {
        let path = certificate(name)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    @Test(.enabled(if: Tool.nginx.isAvailable, "nginx is not installed"))
    func nginxWithTLS() async throws {
        let folder = try TemporaryFolder()
        // Five days are within the 14 of the default, one is within the 3.
        for (name, days) in [("warns", "5"), ("fails", "1")] {
            let key = ["-keyout", folder.url.appending(path: "\(name).key").path, "-newkey", "ec"]
            let names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-days", days]
            let out = [
                "-nodes", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", folder.url.appending(path: "\(name).pem").path,
            ]
            let made = try await Command.run("/usr/bin/openssl", ["req", "-x509"] + key + names + out)
            try #require(made.status == 0, "\(made.errors)")
        }
        func file(_ name: String) -> String {
            ["warns", "fails"].contains(name) ? folder.url.appending(path: name).path : Self.certificate(name)
        }
        let ports = try (0..<5).map { _ in try FreePort.next() }
        let servers = zip(ports, ["good", "expired", "good", "warns", "fails"]).enumerated().map { number, server in
            """
            server { listen 127.0.0.1:\(server.0) ssl; ssl_certificate \(file(server.1)).pem;
            ssl_certificate_key \(file(server.1)).key;
            \(number == 2 ? "ssl_client_certificate \(Self.certificate("root.pem")); ssl_verify_client on;" : "")
            location / { return 200 '{"status":"ok"}'; } location /old { return 301 /; }
            location /slow { limit_rate 1; return 200 "slow slow slow"; } }
            """
        }
        let settings = try folder.write(
            "nginx.conf",
            """
            daemon off; pid \(folder.url.path)/pid; error_log \(folder.url.path)/error.log; events {}
            http { access_log off; \(servers.joined(separator: "\n")) }
            """
        )
        let nginx = try RunningServer(.nginx, ["-c", settings, "-p", folder.url.path])
        let tls = "tls: {ca: \(Faults.authority)}"
        let (good, expired) = ("localhost:\(ports[0])", "localhost:\(ports[1])")
        try await eventually("nginx") { (try? Loopback.connect(ports[0])).map { close($0) } != nil }
        let client = "certificate: \(Self.certificate("client.pem")), key: \(try Self.key("client.key"))"
        let seen = try await Once.run([
            "good": #"kind: http, url: "https://\#(good)/old", follow_redirects: 1, json: {/status: ok}, \#(tls)"#,
            "tls": #"kind: tls, address: "\#(good)", \#(tls)"#,
            "warns": #"kind: tls, address: "localhost:\#(ports[3])", tls: {ca: \#(file("warns")).pem}"#,
            "fails": #"kind: tls, address: "localhost:\#(ports[4])", tls: {ca: \#(file("fails")).pem}"#,
            "expired": #"kind: tls, address: "\#(expired)", \#(tls)"#,
            "untrusted": #"kind: http, url: "https://\#(good)/""#,
            "tcp": #"kind: tcp, address: "\#(good)", \#(tls)"#,
            "stranger": #"kind: http, url: "https://localhost:\#(ports[2])/", \#(tls)"#,
            "client":
                #"kind: http, url: "https://localhost:\#(ports[2])/", tls: {ca: \#(Faults.authority), \#(client)}"#,
        ])
        #expect(
            seen.mapValues(\.said) == [
                "good": "success", "tls": "success", "warns": "tls_expiring", "fails": "tls_expiring",
                "expired": "tls_expired", "untrusted": "tls_untrusted",
                "tcp": "success", "stranger": "unexpected_status", "client": "success",
            ]
        )
        #expect(seen["warns"]?.result == "degraded" && seen["fails"]?.result == "failure")
        let end = try #require(seen["tls"]?.measurements["health_tls_certificate_not_after_timestamp_seconds"])
        let openssl = try await Command.run(
            "/usr/bin/openssl",
            "x509",
            "-noout",
            "-enddate",
            "-in",
            Self.certificate("good.pem")
        )
        #expect(openssl.output.contains("Jan  1 00:00:00 2124") && end == 4_859_740_800)
        #expect(seen["expired"]?.measurements["health_tls_certificate_not_after_timestamp_seconds"] == 1_609_459_200)
        #expect(seen["good"]?.measurements["health_http_redirects"] == 1)
        #expect(Set(seen["tls"]?.details.keys.map(\.self) ?? []) == ["certificate", "certificate 2"])
        nginx.stop()
        #expect(try await Once.run(#"kind: tls, address: "\#(good)", \#(tls)"#).said == "connect_refused")
    }

    // MARK: gRPC

    /// A Python with grpcio-health-checking, which `.ci/run` makes.
    private static let python = Faults.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/grpc/bin/python3").path

    private static var hasGRPC: Bool { FileManager.default.isExecutableFile(atPath: python) || Tool.mayNotSkip }

    @Test(.enabled(if: hasGRPC, "no Python with grpcio-health-checking in .build/grpc"))
    func gRPCHealthService() async throws {
        let (port, tlsPort) = (try FreePort.next(), try FreePort.next())
        let script = Faults.folder.appending(path: "grpc_health_server.py").path
        let server = try RunningServer(path: Self.python, [script, String(port), String(tlsPort)])
        try await eventually("the gRPC server") { (try? Loopback.connect(tlsPort)).map { close($0) } != nil }
        let (plain, encrypted) = (
            #"kind: grpc, address: "127.0.0.1:\#(port)""#, #"kind: grpc, address: "localhost:\#(tlsPort)""#
        )
        let seen = try await Once.run([
            "all": plain, "up": "\(plain), service: up", "down": "\(plain), service: down",
            "none": "\(plain), service: none",
            "tls": "\(encrypted), tls: {ca: \(Faults.authority)}", "untrusted": "\(encrypted), tls: {}",
            "plain": encrypted,
            "slow": "\(encrypted), tls: {ca: \(Faults.authority)}, degraded_above: 1ms",
        ])
        #expect(seen["all"]?.said == "success" && seen["up"]?.message == "SERVING")
        #expect(seen["down"]?.said == "not_serving" && seen["down"]?.message == "NOT_SERVING")
        #expect(seen["none"]?.said == "not_serving" && seen["slow"]?.said == "too_slow")
        #expect(seen["tls"]?.said == "success" && seen["untrusted"]?.said == "tls_untrusted")
        #expect(["closed_early", "connection_reset", "protocol_error"].contains(seen["plain"]?.said))
        server.signal(SIGSTOP)
        #expect(try await Once.run(plain, timeout: "1s").said == "timeout")
        server.signal(SIGKILL)
        server.stop()
        #expect(try await Once.run(plain).said == "connect_refused")
    }

    // MARK: Monitoring plugins

    @Test(.enabled(if: Tool.plugins.isAvailable, "monitoring-plugins-basic is not installed"))
    func monitoringPlugins() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("fresh", "some text")
        let open = try ListeningSocket(acceptsConnections: true)
        func plugin(_ name: String, _ arguments: String...) -> String {
            "kind: exec, command: [\((["check_\(name)"] + arguments).map { "\"\($0)\"" }.joined(separator: ", "))]"
        }
        let refused = try ListeningSocket(acceptsConnections: false)
        let seen = try await Once.run([
            "disk": plugin("disk", "-w", "1", "-c", "0", "-p", "/"),
            "disk-warns": plugin("disk", "-w", "100%", "-c", "0", "-p", "/"),
            "disk-fails": plugin("disk", "-w", "100%", "-c", "100%", "-p", "/"),
            "procs": plugin("procs", "-w", "1:", "-c", "1:"),
            "procs-warns": plugin("procs", "-w", ":0", "-c", ":1000000"),
            "procs-fails": plugin("procs", "-c", ":0"),
            "tcp": plugin("tcp", "-H", "127.0.0.1", "-p", String(open.port)),
            "tcp-fails": plugin("tcp", "-H", "127.0.0.1", "-p", String(refused.port)),
            "load": plugin("load", "-w", "9999,9999,9999", "-c", "9999,9999,9999"),
            "load-fails": plugin("load", "-w", "0,0,0", "-c", "0,0,0"),
            "dummy": plugin("dummy", "0", "all is well"), "dummy-warns": plugin("dummy", "1"),
            "dummy-fails": plugin("dummy", "2"), "dummy-unknown": plugin("dummy", "3"),
            "age": plugin("file_age", "-w", "600", "-c", "1200", "-f", file),
            "none": plugin("that_is_not_there"),
        ])
        for name in ["disk", "procs", "tcp", "load", "dummy", "age"] {
            #expect(seen[name]?.said == "success", "\(name)")
        }
        for name in ["disk-warns", "procs-warns", "dummy-warns"] {
            #expect(seen[name]?.result == "degraded" && seen[name]?.said == "exec_exit", "\(name)")
        }
        for name in ["disk-fails", "procs-fails", "tcp-fails", "load-fails", "dummy-fails"] {
            #expect(seen[name]?.result == "failure" && seen[name]?.said == "exec_exit", "\(name)")
            #expect(seen[name]?.measurements["health_exec_exit_code"] == 2, "\(name)")
        }
        #expect(seen["dummy-unknown"]?.result == "internal" && seen["none"]?.said == "exec_start")
        #expect(seen["dummy"]?.message == "OK: all is well")
        // Performance data: one value per file system or load average, as the plugin itself prints it.
        #expect(seen["disk"]?.details["/"]?.hasSuffix("B") == true)
        #expect(Set(seen["load"]?.details.keys.map(\.self) ?? []) == ["load1", "load5", "load15"])
        #expect(seen["load"]?.measurements["load1"].map { $0 >= 0 } == true)
        #expect(seen["procs"]?.details["procs"].flatMap { Double($0) } ?? 0 >= 1)
    }
}
