import Foundation
import Testing

/// What hostile targets may cost: memory, descriptors, threads, ports.
@Suite(.startsProcesses, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
struct EnduranceTests {
    private static func resident(_ exporter: RunningExporter) throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(exporter.processIdentifier)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(line.split(separator: " ").dropFirst().first.flatMap { Int($0) }) * 1024
    }

    private static func count(_ exporter: RunningExporter, _ folder: String) throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(exporter.processIdentifier)/\(folder)").count
    }

    /// An exporter that asks 64 pages, and its resident memory after some seconds of it.
    private static func memory(of faults: Faults, _ names: [String]) async throws -> Int {
        var text = "defaults: {interval: 500ms, timeout: 400ms}\ncomponents:\n  t:\n    checks:\n"
        for number in 0..<64 {
            let port = try #require(faults.ports[names[number % names.count]])
            let assertion = number % 2 == 0 ? ", expect_body: nothing" : ""
            text += #"      c\#(number): {kind: http, url: "http://127.0.0.1:\#(port)/"\#(assertion)}"# + "\n"
        }
        let exporter = try RunningExporter(configuration: text)
        try await exporter.waitUntilStarted()
        try await eventually("many runs", within: 60) {
            try exporter.sum("health_check_runs_total") > 640
        }
        return try resident(exporter)
    }

    @Test func endlessBodiesCostNoMemory() async throws {
        let faults = try await Faults()
        let calm = try await Self.memory(of: faults, ["http-ok"])
        let hostile = try await Self.memory(
            of: faults,
            ["http-endless", "http-gzip-bomb", "http-10mb", "http-endless-headers"]
        )
        print("resident with 64 small answers \(calm), with 64 endless ones \(hostile)")
        #expect(hostile - calm <= 16 * 1024 * 1024)
    }

    /// A few hundred runs of every kind, against servers that leave it hanging in every way.
    @Test func noKindLeavesAnythingBehind() async throws {
        let faults = try await Faults()
        var text =
            "defaults: {interval: 250ms, timeout: 120ms, confirm_interval: 250ms}\ncomponents:\n  t:\n    checks:\n"
        var number = 0
        for fault in ["silence", "garbage", "reset-when-asked", "close-when-asked", "endless-line", "tls-silent"] {
            for kind in ["http", "https", "tcp", "tcps", "tls", "redis", "rediss", "postgres", "grpc", "grpcs"] {
                let port = try #require(faults.ports[fault == "tls-silent" ? "silence" : fault])
                let cell = FaultTable.Cell(kind: kind, fault: fault, expected: [], keys: "")
                text += "      c\(number): {\(try cell.check(port: port))}\n"
                number += 1
            }
        }
        for keys in [
            "kind: exec, command: [sleep, '60']", "kind: exec, command: ['true']", "kind: disk, path: /",
            "kind: memory",
            "kind: file, path: /etc/passwd, contains: root", "kind: heartbeat, within: 1h", "kind: runtime",
            "kind: environment, required: [PATH]",
            #"kind: dns, name: a.test, server: "127.0.0.1:\#(try #require(faults.ports["dns-silence"]))""#,
            #"kind: dns, name: a.test, server: "127.0.0.1:\#(try #require(faults.ports["dns-truncated-silence"]))""#,
        ] {
            text += "      c\(number): {\(keys)}\n"
            number += 1
        }
        let exporter = try RunningExporter(configuration: text)
        try await exporter.waitUntilStarted()
        func sample() throws -> (descriptors: Int, threads: Int, resident: Int) {
            (try Self.count(exporter, "fd"), try Self.count(exporter, "task"), try Self.resident(exporter))
        }
        // What looks at files starts its threads when it first does.
        exporter.signal(SIGHUP)
        try await eventually("a reload", within: 60) { try exporter.sum("health_exporter_config_reloads_total") > 0 }
        try await eventually("a start", within: 60) { try exporter.sum("health_check_runs_total") > 500 }
        let before = try sample()
        try await eventually("many more runs", within: 90) { try exporter.sum("health_check_runs_total") > 4000 }
        // The smallest of a few: what runs just now is no leak.
        var after = try sample()
        for _ in 0..<20 {
            try await Task.sleep(for: .milliseconds(37))
            let next = try sample()
            after.descriptors = min(after.descriptors, next.descriptors)
            after.threads = min(after.threads, next.threads)
        }
        print("before \(before), after \(after)")
        #expect(after.descriptors <= before.descriptors + 10 && after.threads <= before.threads + 2)
        #expect(after.resident <= before.resident + 16 * 1024 * 1024)
        #expect(try exporter.probe("/livez").status == 200)
        let overdue = try exporter.metric("health_exporter_runs_overdue")
        #expect((overdue ?? 0) <= 20)
    }
}
