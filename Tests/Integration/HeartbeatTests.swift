import Foundation
import Testing

/// Workers that say they live, over HTTP.
@Suite(.startsProcesses)
struct HeartbeatTests {
    private static func beat(
        _ exporter: RunningExporter,
        _ name: String,
        _ headers: [String: String] = [:],
        body: String = ""
    ) throws -> Answer {
        try HTTP.get(exporter.port, "/api/v1/heartbeats/\(name)", method: "POST", headers: headers, body: body)
    }

    @Test func aWorkerIsHealthyWhileItBeats() async throws {
        let exporter = try RunningExporter(
            configuration: """
                defaults: {interval: 200ms, timeout: 100ms, failure_threshold: 1}
                components:
                  worker: {startup: healthy, checks: {beat: {kind: heartbeat, within: {degraded: 500ms}}}}
                  other: {startup: healthy, checks: {beat: {kind: heartbeat, within: 500ms}}}
                  third: {checks: {beat: {kind: heartbeat, within: 1h}}}
                  page: {checks: {beat: {kind: heartbeat, within: 1h}, tcp: {kind: tcp, address: "127.0.0.1:1", interval: 1h}}}
                """
        )
        try await exporter.waitUntilStarted()
        func status(_ component: String) throws -> String {
            let check = (try exporter.get("/api/v1/components/\(component)").json["checks"] as? [[String: Any]])?.first
            return "\(check?["status"] ?? "") \(check?["reason"] ?? "")"
        }
        // Start-up does not wait for the first beat, and nothing that was never beaten counts.
        try await eventually("a start") { try exporter.probe("/startupz").status == 200 }
        let due = #"health_heartbeat_due_timestamp_seconds"#
        try await eventually("due") { try exporter.metric(due, #"component="third""#) != nil }
        #expect(try status("third") == "unknown pending")
        #expect(try exporter.metric("health_heartbeat_last_beat_timestamp_seconds", #"component="third""#) == nil)
        let runs = #"health_check_runs_total"#
        #expect(try exporter.metric(runs, #"check="beat",component="third""#) ?? 0 == 0)
        try await eventually("degraded") { try status("worker") == "degraded heartbeat_missed" }
        try await eventually("unhealthy") { try status("other") == "unhealthy heartbeat_missed" }
        try await eventually("healthy again") {
            // As a worker does: again and again.
            #expect(try Self.beat(exporter, "other/beat").status == 204)
            return try status("other").hasPrefix("healthy")
        }
        let before = Date().timeIntervalSince1970
        let told = try Self.beat(exporter, "third/beat", body: #"{"status":"degraded","message":"half \u0007 done"}"#)
        #expect(told.status == 204 && told.body.isEmpty && told.headers["content-length"] == nil)
        try await eventually("degraded") { try status("third") == "degraded not_serving" }
        let measured = try exporter.metric("health_heartbeat_last_beat_timestamp_seconds", #"component="third""#)
        #expect(abs(try #require(measured) - before) < 5)
        let document = try exporter.get("/api/v1/components/third").text
        #expect(document.contains(#"half \u0007 done"#))
        _ = try Self.beat(exporter, "third/beat", body: #"{"status":"unhealthy"}"#)
        try await eventually("unhealthy") { try status("third") == "unhealthy not_serving" }
    }

    /// One trace id from the wire to the log, the document and the metrics.
    @Test(.enabled(if: Tool.python.isAvailable, "python3 is not installed"))
    func theTraceIDOfARunIsFoundEverywhere() async throws {
        let faults = try await Faults()
        let port = try #require(faults.ports["http-echo"])
        let exporter = try RunningExporter(
            configuration: """
                logs: {level: debug}
                components:
                  page: {checks: {echo: {kind: http, url: "http://127.0.0.1:\(port)/", expect_body: nothing, interval: 300d}}}
                """
        )
        try await exporter.waitUntilStarted()
        func run() throws -> [String: Any] {
            let check = (try exporter.get("/api/v1/components/page").json["checks"] as? [[String: Any]])?.first
            return check?["last_run"] as? [String: Any] ?? [:]
        }
        try await eventually("a run") { try run()["trace_id"] is String }
        let trace = try #require(try run()["trace_id"] as? String)
        // What went over the wire stands in the fault server's log as the text of the request.
        #expect(try faults.requests(to: "http-echo").contains { $0.contains("traceparent: 00-\(trace)-") })
        let lines = try exporter.log.split(separator: "\n").filter { $0.contains(trace) }
        #expect(
            lines.contains { $0.contains("check.status_changed") }
                && lines.contains { $0.contains(#""level":"debug""#) }
        )
        let accept = ["Accept": "application/openmetrics-text; version=1.0.0"]
        #expect(try exporter.get("/metrics", headers: accept).text.contains(##"# {trace_id="\##(trace)"}"##))
    }
}
