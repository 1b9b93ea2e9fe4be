import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// What the process and its commands may do once they run, as the kernel tells of each thread.
@Suite(.startsProcesses, .enabled(if: getuid() == 0, "only root can start processes with and without rights"))
struct PrivilegeTests {
    /// Starts a program as a user without any right.
    static let asNobody = [
        "/usr/bin/setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", "--inh-caps=-all",
        "--bounding-set=-all",
    ]
    /// Prints what the command itself may do, in one line.
    private static let statusCommand = "grep -E '^(Cap|NoNew|Uid)' /proc/self/status | tr -s '\\n\\t' '  '"

    /// Lines of a status file by name (proc_pid_status(5)).
    private static func fields(_ text: String) -> [String: String] {
        var fields: [String: String] = [:]
        for match in text.matches(of: /(Cap\w+|NoNewPrivs|Seccomp):\s+(\w+)/) {
            fields[String(match.1)] = String(match.2)
        }
        return fields
    }

    private static func threads(of exporter: RunningExporter) throws -> [[String: String]] {
        let folder = "/proc/\(exporter.processIdentifier)/task"
        return try FileManager.default.contentsOfDirectory(atPath: folder).map { thread in
            fields(try String(contentsOfFile: "\(folder)/\(thread)/status", encoding: .utf8))
        }
    }

    private static func exporter(
        _ checks: String...,
        arguments: [String] = [],
        prefix: [String] = []
    ) async throws -> RunningExporter {
        let text = checks.enumerated().map { "      t\($0.offset): {interval: 300d, timeout: 10s, \($0.element)}\n" }
        let exporter = try RunningExporter(
            configuration: "components:\n  c:\n    checks:\n" + text.joined(),
            arguments: arguments,
            prefix: prefix
        )
        try await exporter.waitUntilStarted()
        try await eventually("a result of every check") {
            try results(of: exporter).count == checks.count
        }
        return exporter
    }

    /// The result and the message of each check.
    private static func results(of exporter: RunningExporter) throws -> [[String: String]] {
        let checks = try exporter.get("/api/v1/components/c").json["checks"] as? [[String: Any]] ?? []
        return checks.sorted { ($0["name"] as? String ?? "") < ($1["name"] as? String ?? "") }.compactMap { check in
            guard let run = check["last_run"] as? [String: Any], let result = run["result"] as? String else {
                return nil
            }
            return ["result": result, "message": check["message"] as? String ?? ""]
        }
    }

    @Test func everyThreadOfRootsExporterReadsFilesAndNothingElse() async throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("others", "fresh")
        // Nobody but its owner, who is not root, may see the folder or read the file.
        for (path, rights) in [(file, 0o600), (folder.url.path, 0o700)] {
            let attributes: [FileAttributeKey: Any] = [
                .posixPermissions: rights, .ownerAccountID: 65_532, .groupOwnerAccountID: 65_532,
            ]
            try FileManager.default.setAttributes(attributes, ofItemAtPath: path)
        }
        let exporter = try await Self.exporter(
            "kind: file, path: \(file), contains: fresh",
            "kind: disk, path: \(folder.url.path)",
            #"kind: exec, command: [/bin/sh, -c, "\#(Self.statusCommand)"]"#.replacing("\\", with: "\\\\"),
            "kind: exec, command: [/bin/cat, \(file)]"
        )
        let own = try Self.fields(String(contentsOfFile: "/proc/self/status", encoding: .utf8))
        let given = try #require(UInt64(own["CapPrm"] ?? "", radix: 16))
        try #require(given & 0x404 == 0x404, "root has CAP_DAC_READ_SEARCH and CAP_NET_BIND_SERVICE here")
        let threads = try Self.threads(of: exporter)
        #expect(threads.count > 4)
        for thread in threads {
            #expect(thread["CapEff"] == "0000000000000404" && thread["CapPrm"] == "0000000000000404", "\(thread)")
            #expect(thread["CapInh"] == "0000000000000000" && thread["CapAmb"] == "0000000000000000", "\(thread)")
            #expect(thread["CapBnd"] == "0000000000000004" && thread["NoNewPrivs"] == "1", "\(thread)")
        }
        let results = try Self.results(of: exporter)
        #expect(results.map { $0["result"] } == ["success", "success", "success", "success"], "\(results)")
        let command = Self.fields(results[2]["message"] ?? "")
        #expect(command["CapEff"] == "0000000000000004" && command["NoNewPrivs"] == "1", "\(results[2])")
        #expect(results[3]["message"] == "fresh")
    }

    @Test func everyThreadOfAUsersExporterHasNoCapability() async throws {
        let exporter = try await Self.exporter(
            #"kind: exec, command: [/bin/sh, -c, "\#(Self.statusCommand)"]"#.replacing("\\", with: "\\\\"),
            // Readable by its owner as long as core dumps of it may be written: commands have theirs.
            "kind: exec, command: [/bin/sh, -c, 'head -c 4 /proc/$$/environ']",
            "kind: runtime",
            "kind: memory",
            "kind: disk, path: /",
            prefix: Self.asNobody
        )
        for thread in try Self.threads(of: exporter) {
            for set in ["CapEff", "CapPrm", "CapInh", "CapAmb", "CapBnd"] {
                #expect(thread[set] == "0000000000000000", "\(set): \(thread)")
            }
            #expect(thread["NoNewPrivs"] == "1")
        }
        let results = try Self.results(of: exporter)
        #expect(results.allSatisfy { $0["result"] == "success" }, "\(results)")
        #expect(Self.fields(results[0]["message"] ?? "")["NoNewPrivs"] == "1", "\(results[0])")
        // What /proc tells of itself is still there, though its owner is root now.
        #expect(try exporter.metric("process_open_fds") ?? 0 > 5)
        #expect(try exporter.metric("process_resident_memory_bytes") ?? 0 > 1_000_000)
    }

    @Test func aLowPortStaysOpenToWhoWasGivenTheCapability() async throws {
        let prefix = [
            "/usr/bin/setpriv", "--reuid=65532", "--regid=65532", "--clear-groups", "--inh-caps=-all,+net_bind_service",
            "--ambient-caps=+net_bind_service",
        ]
        let port = try #require(
            (600..<1000).first { (try? ListeningSocket(acceptsConnections: true, port: $0)) != nil }
        )
        let exporter = try RunningExporter(
            configuration: "components: {c: {checks: {t: {kind: memory}}}}",
            arguments: ["--listen", "127.0.0.1:\(port)"],
            prefix: prefix
        )
        try await exporter.waitUntilStarted()
        #expect(exporter.port == port)
        for thread in try Self.threads(of: exporter) {
            #expect(thread["CapEff"] == "0000000000000400" && thread["CapAmb"] == "0000000000000000", "\(thread)")
        }
    }

    /// `id` of the system, setuid root.
    private static func setuidProgram(in folder: TemporaryFolder) throws -> String {
        let path = folder.url.appending(path: "id").path
        try FileManager.default.copyItem(atPath: "/usr/bin/id", toPath: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o4755], ofItemAtPath: path)
        return path
    }

    @Test func aSetuidCommandGainsNothingUnlessAskedFor() async throws {
        let folder = try TemporaryFolder()
        let check = "kind: exec, command: [\(try Self.setuidProgram(in: folder)), -u]"
        let strict = try await Self.exporter(check, prefix: Self.asNobody)
        #expect(try Self.results(of: strict)[0]["message"] == "65532")
        let open = try await Self.exporter(check, arguments: ["--privileged-commands"], prefix: Self.asNobody)
        #expect(try Self.results(of: open)[0]["message"] == "0")
    }

    @Test func rootsPrivilegedCommandsHaveAllThatRootHas() async throws {
        let exporter = try await Self.exporter(
            #"kind: exec, command: [/bin/sh, -c, "\#(Self.statusCommand)"]"#.replacing("\\", with: "\\\\"),
            arguments: ["--privileged-commands"]
        )
        let own = try Self.fields(String(contentsOfFile: "/proc/self/status", encoding: .utf8))
        let command = Self.fields(try Self.results(of: exporter)[0]["message"] ?? "")
        #expect(command["CapEff"] == own["CapBnd"] && command["NoNewPrivs"] == "0", "\(command)")
        for thread in try Self.threads(of: exporter) {
            #expect(
                thread["CapEff"] == "0000000000000424",
                "what reads files, opens low ports and ends commands: \(thread)"
            )
        }
    }
}
