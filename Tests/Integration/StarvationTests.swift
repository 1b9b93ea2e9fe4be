import Foundation
import Testing

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A process that is stopped or starved blames nobody.
@Suite(.startsProcesses, .enabled(if: Tool.python.isAvailable, "python3 is not installed"))
struct StarvationTests {
    /// 50 checks that are well, twice a second.
    private static func exporter(_ faults: Faults, stall: String = "30s") throws -> RunningExporter {
        let port = try #require(faults.ports["http-ok"])
        var text = "limits: {stall: \(stall)}\ndefaults: {interval: 500ms, timeout: 250ms}\n"
        text += "components:\n  t:\n    checks:\n"
        for number in 0..<50 { text += "      c\(number): {kind: tcp, address: '127.0.0.1:\(port)'}\n" }
        return try RunningExporter(configuration: text)
    }

    private static func verdicts(_ exporter: RunningExporter) throws -> (falseAlarms: Int, stalls: Int) {
        let bad = try exporter.events("check.status_changed").filter { $0["status"] as? String == "unhealthy" }
        return (bad.count, try exporter.events("stall.detected").count)
    }

    /// Longer than what is a stall of a process that runs.
    @Test func stoppedBeyondTheStallLimitItGoesOnWhereItWas() async throws {
        let faults = try await Faults()
        let exporter = try Self.exporter(faults, stall: "8s")
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        exporter.signal(SIGSTOP)
        try await Task.sleep(for: .seconds(12))
        let before = Date()
        exporter.signal(SIGCONT)
        #expect(try exporter.probe("/livez").status == 200)
        let runs = try exporter.sum("health_check_runs_total")
        try await Task.sleep(for: .seconds(3))
        #expect(try exporter.probe("/livez").status == 200)
        let since = Date().timeIntervalSince(before)
        let more = try exporter.sum("health_check_runs_total") - runs
        // One for each slot, and one that was overdue.
        #expect(more <= 50 * (since / 0.5 + 2), "\(more) runs in \(since) s")
        let seen = try Self.verdicts(exporter)
        #expect(seen.falseAlarms == 0 && seen.stalls == 0)
        try await eventually("ready again") { try exporter.probe("/readyz").status == 200 }
    }

    @Test(.needsTheMachine) func besideAHogOnEveryCoreNoStatusIsWrong() async throws {
        let faults = try await Faults()
        let exporter = try Self.exporter(faults)
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let hogs = try (0..<cores).map { _ in try RunningServer(.python, ["-c", "while True: pass"]) }
        let end = Date().addingTimeInterval(20)
        var asked = 0
        while Date() < end {
            #expect(try exporter.probe("/livez").status == 200)
            asked += 1
            try await Task.sleep(for: .milliseconds(500))
        }
        for hog in hogs { hog.stop() }
        let seen = try Self.verdicts(exporter)
        let spoilt = try exporter.sum("health_check_runs_total", #"result="internal""#)
        print("beside \(cores) hogs: \(asked) probes, \(spoilt) runs spoilt by starvation, none evaluated")
        #expect(seen.falseAlarms == 0 && seen.stalls == 0)
        #expect(try exporter.probe("/readyz").status == 200)
    }
}
