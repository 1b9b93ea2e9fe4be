import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The library that makes a filter of a profile, which every Debian has.
enum SeccompLibrary {
    static var isAvailable: Bool {
        let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib64", "/usr/lib"]
        return Tool.mayNotSkip
            || folders.contains { FileManager.default.fileExists(atPath: "\($0)/libseccomp.so.2") }
    }
}

/// The profile of `deploy/seccomp`: all that the exporter does goes on under it, and nothing else.
@Suite(
    .startsProcesses,
    .enabled(if: Tool.python.isAvailable, "python3 is not installed"),
    .enabled(if: SeccompLibrary.isAvailable, "libseccomp2 is not installed")
)
struct SeccompTests {
    private static let root = Faults.folder.deletingLastPathComponent().deletingLastPathComponent()
    private static let profile = root.appending(path: "deploy/seccomp/health-exporter.json")
    private static let loader = root.appending(path: "Tests/Deployment/filtered.py").path

    private static func prefix(kills: Bool) -> [String] {
        // Without capabilities, as in a pod: giving them up is not in the profile.
        let rights = getuid() == 0 ? ["/usr/bin/setpriv", "--inh-caps=-all", "--bounding-set=-all"] : []
        return rights + [Tool.python.rawValue, loader] + (kills ? ["--kill"] : []) + [profile.path]
    }

    /// Whether this machine lets the group of this process send pings (icmp(7)); without, no configuration may ask for it.
    private static var sendsPings: Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), Int32(IPPROTO_ICMP))
        defer { close(descriptor) }
        return descriptor >= 0
    }

    /// A check of each kind, all of which succeed.
    private static func checks(_ faults: Faults, _ folder: TemporaryFolder) throws -> [String: String] {
        func port(_ fault: String) throws -> Int { try #require(faults.ports[fault], "\(fault)") }
        let tls = "tls: {ca: \(Faults.authority)}"
        let file = try folder.write("file", "fresh")
        var checks = [
            "http": #"kind: http, url: "http://127.0.0.1:\#(try port("http-ok"))/""#,
            "https": #"kind: http, url: "https://localhost:\#(try port("tls-good"))/", \#(tls)"#,
            "tcp": #"kind: tcp, address: "localhost:\#(try port("tls-good"))", \#(tls)"#,
            "tls": #"kind: tls, address: "localhost:\#(try port("tls-good"))", \#(tls)"#,
            "dns": #"kind: dns, name: www.example.org, server: "127.0.0.1:\#(try port("dns-good"))""#,
            "grpc": #"kind: grpc, address: "127.0.0.1:\#(try port("grpc-serving"))""#,
            "postgres": #"kind: postgres, url: "postgres://u@127.0.0.1:\#(try port("postgres-good"))/d", password: x"#,
            "redis": #"kind: redis, url: "redis://127.0.0.1:\#(try port("redis-good"))""#,
            "exec": "kind: exec, command: [/bin/sh, -c, 'ls / | sort | head -1; sleep 0.1 & wait']",
            "python":
                "kind: exec, command: [/usr/bin/python3, -c, 'import subprocess; subprocess.run([\"/bin/true\"])']",
            "disk": "kind: disk, path: /", "memory": "kind: memory",
            "file": "kind: file, path: \(file), contains: fresh",
            "heartbeat": "kind: heartbeat, within: 1h", "runtime": "kind: runtime",
            "environment": "kind: environment, required: [PATH]",
        ]
        if sendsPings { checks["icmp"] = "kind: icmp, address: 127.0.0.1" }
        return checks
    }

    private static func configuration(_ checks: [String: String], host: String) -> String {
        let lines = checks.sorted { $0.key < $1.key }.map { "      \($0.key): {\($0.value)}\n" }
        return "web: {lifecycle: loopback}\nservice: {name: \(host)}\ndefaults: {interval: 1s, timeout: 900ms}\n"
            + "components:\n  all:\n    checks:\n" + lines.joined()
    }

    /// The result of each check that has one, by its name.
    private static func results(_ exporter: RunningExporter) throws -> [String: String] {
        let checks = try exporter.get("/api/v1/components/all").json["checks"] as? [[String: Any]] ?? []
        return checks.reduce(into: [:]) { results, check in
            let run = check["last_run"] as? [String: Any]
            results[check["name"] as? String ?? ""] = run?["result"] as? String
        }
    }

    /// With `kills` a call that is not in the profile would end the process, or the command of a check, with SIGSYS.
    @Test(arguments: [true, false]) func everyKindAndEveryEndpointWorksUnderIt(kills: Bool) async throws {
        let (faults, folder) = (try await Faults(), try TemporaryFolder())
        let checks = try Self.checks(faults, folder)
        // A kind that is added has to be here.
        let schema = try await Command.run(try Product.exporter.path, "schema").output
        let kinds = Set(schema.matches(of: /"const": ?"([a-z]+)"/).map { String($0.1) })
        #expect(kinds.count >= 15)
        #expect(kinds.subtracting(checks.keys).isSubset(of: Self.sendsPings ? [] : ["icmp"]))
        let exporter = try RunningExporter(
            configuration: Self.configuration(checks, host: "one"),
            prefix: Self.prefix(kills: kills)
        )
        try await exporter.waitUntilStarted()
        #expect(
            try HTTP.get(exporter.port, "/api/v1/heartbeats/all/heartbeat", method: "POST").status == 204
        )
        try await eventually("a result of every check") { try Self.results(exporter).count == checks.count }
        let wanted = checks.mapValues { _ in "success" }
        // A slow machine may make one of them late once.
        try await eventually("success of every check", within: 20) { try Self.results(exporter) == wanted }
        for path in ["/", "/metrics", "/health/detailed", "/livez", "/api/v1/flags"] {
            #expect(try exporter.get(path, headers: ["Accept-Encoding": "gzip"]).status == 200, "\(path)")
        }
        #expect(try exporter.probe("/livez").status == 200)
        try exporter.rewrite(Self.configuration(checks, host: "two"))
        #expect(try exporter.post("/-/reload").status == 200)
        let socket = ["--socket", exporter.adminSocket]
        let filtered = Self.prefix(kills: kills)
        for words in [["status"], ["drill", "all", "--for", "1m"], ["drill", "all", "--end"], ["reload"]] {
            let command = Array(filtered.dropFirst()) + [try Product.exporter.path] + words + socket
            let result = try await Command.run(filtered[0], command)
            #expect(result.status == 0, "\(words): \(result.errors)")
        }
        exporter.signal(SIGTERM)
        #expect(try await exporter.waitForEnd() == 0)
    }

    @Test func whatIsNotInItIsRefused() async throws {
        let attempts = [
            "unshare": "unshare --user true", "mount": "mount -t tmpfs none /tmp",
            "raw": "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'",
            "chown": "chown 1 $FILE",
            "trace": "python3 -c 'import ctypes; exit(ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0)'",
            "vsock": "python3 -c 'import socket; socket.socket(40, socket.SOCK_STREAM)'",
        ]
        let folder = try TemporaryFolder()
        for (name, attempt) in attempts {
            let file = try folder.write("file", "x")
            let command = ["/bin/sh", "-c", "FILE=\(file); \(attempt)"]
            let filtered = Self.prefix(kills: false) + command
            let result = try await Command.run(filtered[0], Array(filtered.dropFirst()))
            #expect(result.status != 0, "\(name)")
            // Else the refusal would prove nothing.
            guard getuid() == 0, name != "mount", name != "vsock" else { continue }
            let free = try await Command.run(command[0], Array(command.dropFirst()))
            #expect(free.status == 0, "\(name): \(free.errors)")
        }
    }

    @Test func theUnitHasTheSameList() throws {
        let object = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: Self.profile)) as? [String: Any])
        let rules = try #require(object["syscalls"] as? [[String: Any]])
        // With arguments or without; what clone3 is told comes from RestrictNamespaces.
        let allowed = rules.filter {
            $0["action"] as? String == "SCMP_ACT_ALLOW" || $0["names"] as? [String] == ["clone3"]
        }
        let names = Set(allowed.flatMap { $0["names"] as? [String] ?? [] })
        #expect(names.count > 150 && names.isDisjoint(with: ["ptrace", "mount", "bpf", "setuid", "unshare", "keyctl"]))
        var (lines, line) = ([String](), "SystemCallFilter=")
        for name in names.sorted() {
            if line.count + name.count > 118 {
                lines.append(line)
                line = "SystemCallFilter="
            }
            line += (line.hasSuffix("=") ? "" : " ") + name
        }
        lines.append(line)
        let unit = Self.root.appending(path: "deploy/systemd/health-exporter.service")
        let text = try String(contentsOf: unit, encoding: .utf8)
        let written = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let first = try #require(written.firstIndex { $0.hasPrefix("SystemCallFilter=") })
        let last = try #require(written.lastIndex { $0.hasPrefix("SystemCallFilter=") })
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            let all = written[..<first] + lines + written[(last + 1)...]
            try all.joined(separator: "\n").write(to: unit, atomically: true, encoding: .utf8)
        } else {
            #expect(Array(written[first...last]) == lines, "UPDATE_GOLDEN=1 writes it anew")
        }
        // What the profile limits by arguments, the unit limits by these.
        #expect(written.contains("RestrictNamespaces=yes"))
        #expect(written.contains("RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6"))
    }
}
