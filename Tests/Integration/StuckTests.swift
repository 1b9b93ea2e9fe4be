import Foundation
import Testing

/// Checks that hang and block: the rest goes on, and the probes tell the truth.
@Suite(.startsProcesses, .serialized)
struct StuckTests {
    @Test func checksThatNeverReturnDelayNobodyAndTurnUnhealthy() async throws {
        let exporter = try RunningExporter(stuck: "hang")
        try await exporter.waitUntilStarted()
        try await eventually("all ten are unhealthy by their overdue slots") {
            try exporter.get("/health/detailed").text.components(
                separatedBy: #""status":"unhealthy","reason":"timeout""#
            ).count > 10
        }
        let before = try #require(
            try exporter.metric("health_check_runs_total", #"component="well""#, #"result="success""#)
        )
        let start = Date()
        var slowest = 0.0
        while Date().timeIntervalSince(start) < 5 {
            let asked = Date()
            #expect(try exporter.probe("/readyz").status == 200)
            slowest = max(slowest, Date().timeIntervalSince(asked))
            try await Task.sleep(for: .milliseconds(50))
        }
        let runs =
            try #require(try exporter.metric("health_check_runs_total", #"component="well""#, #"result="success""#))
            - before
        let slots = Date().timeIntervalSince(start) / 0.5
        #expect((slots * 0.8...slots + 2).contains(runs), "\(runs) runs for \(slots) slots")
        print("slowest /readyz answer beside ten hung checks: \(slowest) s")
        let page = try exporter.get("/metrics").text
        #expect(page.contains(#"health_exporter_runs_overdue{environment="test",version="1",instance="stuck-1"} 10"#))
        let timeouts = try #require(
            try exporter.metric("health_check_runs_total", #"check="check-0""#, #"result="timeout""#)
        )
        let skips = try #require(
            try exporter.metric("health_check_skips_total", #"check="check-0""#, #"reason="overlap""#)
        )
        #expect(timeouts == 1 && skips >= 2)
        let changes = try exporter.events("check.status_changed").filter { $0["component"] as? String == "hanging" }
        #expect(changes.count == 10)
        #expect(changes.allSatisfy { $0["level"] as? String == "warning" && $0["status"] as? String == "unhealthy" })
        #expect(try exporter.events("check.overrun").count == 10)

        exporter.signal(15)
        #expect(try await exporter.waitForEnd(within: 6) == 0, "hung runs are abandoned, not waited for")
        #expect(try exporter.events("exporter.stopped").count == 1)
    }

    @Test func aBlockedEventLoopFailsLivenessByName() async throws {
        let exporter = try RunningExporter(stuck: "loop")
        try await exporter.waitUntilStarted()
        try await eventually("liveness 503", within: 20) { try exporter.probe("/livez").status == 503 }
        let stalled = try exporter.probe("/livez").json["stalled"] as? [String] ?? []
        #expect(stalled.count == 1 && stalled[0].hasPrefix("event-loop-"), "\(stalled)")
        #expect(try exporter.probe("/readyz").status == 200)
        exporter.signal(9)
    }

    @Test func aLoopOfTheProgramThatStopsFailsLivenessByName() async throws {
        let exporter = try RunningExporter(stuck: "program")
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        // While it goes round, liveness holds; how long that is depends on the machine.
        let answer = try exporter.probe("/livez")
        #expect(answer.status == 200 || (answer.json["stalled"] as? [String]) == ["order-queue"], "\(answer.text)")
        try await eventually("liveness 503") { try exporter.probe("/livez").status == 503 }
        let body = try exporter.probe("/livez").json
        #expect(body["reason"] as? String == "stalled")
        #expect(body["stalled"] as? [String] == ["order-queue"])
        #expect(try exporter.get("/livez").status == 503, "the main listener says the same")
        #expect(try exporter.probe("/readyz").status == 200, "readiness doesn't ask the program's loops")
        let lost = try exporter.events("probe.changed").filter { $0["probe"] as? String == "liveness" }
        #expect(lost.map { $0["reason"] as? String } == ["stalled"])
        exporter.signal(15)
        #expect(try await exporter.waitForEnd(within: 20) == 0, "what stopped blocks no shutdown")
    }

    @Test func aBlockedCooperativePoolFailsLivenessAtTheStallLimit() async throws {
        let exporter = try RunningExporter(stuck: "block")
        try await exporter.waitUntilStarted()
        #expect(try exporter.probe("/livez").status == 200)
        try await eventually("liveness 503", within: 15) { try exporter.probe("/livez").status == 503 }
        let body = try exporter.probe("/livez").json
        #expect(body["reason"] as? String == "stalled")
        #expect((body["stalled"] as? [String])?.contains("cooperative-pool") == true)
        #expect(try exporter.events("stall.detected").contains { $0["loop"] as? String == "cooperative-pool" })
        // Pages need no task either.
        #expect(try #require(try exporter.metric("health_exporter_stall_seconds", #"loop="cooperative-pool""#)) >= 1)
        let start = Date()
        for _ in 0..<50 { _ = try exporter.probe("/livez") }
        print("mean /livez answer with a blocked pool: \(Date().timeIntervalSince(start) / 50) s")

        exporter.signal(15)
        try await eventually("not ready at once") {
            try exporter.probe("/readyz").json["reason"] as? String == "shutting_down"
        }
        #expect(try await exporter.waitForEnd(within: 6) == 1, "the pool did not come back within grace")
    }
}
