import Foundation
import Testing

/// Drills and flags, from outside.
@Suite(.startsProcesses) struct DrillTests {
    private static let configuration = """
        service: {name: s, environment: t, version: "1", instance: i}
        defaults: {interval: 1s, timeout: 500ms}
        components:
          db: {checks: {a: {kind: runtime}}}
          app: {depends_on: [db], checks: {a: {kind: file, path: /nowhere}}, impact: optional}
        flags: {shop: {requires: [db], default: false}}
        """

    @Test func aDrillIsMarkedEverywhereAndLeavesReadinessAndFlagsAlone() async throws {
        let exporter = try RunningExporter(configuration: Self.configuration)
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        let path = "/api/v1/components/db/drill"
        let body = #"{"for": "2s", "reason": "practice", "by": "ada"}"#
        let begun = try exporter.post(path, body: body)
        #expect(begun.status == 200)
        #expect((begun.json["drill"] as? [String: Any])?["by"] as? String == "ada")
        #expect(try exporter.metric("health_component_status", #"component="db""#, #"status="unhealthy""#) == 1)
        #expect(try exporter.metric("health_component_drill_active", #"component="db""#) == 1)
        #expect(try exporter.metric("health_service_status", #"status="unhealthy""#) == 1)
        #expect(try exporter.metric("health_check_status", #"component="db""#, #"status="healthy""#) == 1)
        #expect(try exporter.metric("health_component_suppressed", #"component="app""#, #"reason="dependency""#) == 0)
        #expect(try exporter.metric("health_feature_flag_enabled", #"flag="shop""#) == 1)
        #expect(try exporter.probe("/readyz").json["status"] as? String == "degraded", "app alone degrades it")
        let shown = try exporter.get("/api/v1/components/db").json
        #expect(shown["status"] as? String == "unhealthy" && shown["reason"] as? String == "drill")
        #expect((shown["drill"] as? [String: Any])?["reason"] as? String == "practice")
        try await eventually("it ends on time") {
            try exporter.metric("health_component_drill_active", #"component="db""#) == 0
        }
        #expect(try exporter.metric("health_component_status", #"component="db""#, #"status="healthy""#) == 1)
        #expect(try exporter.events("drill.started").count == 1 && exporter.events("drill.ended").count == 1)
        let marked = try exporter.events("component.status_changed").filter { $0["drill"] != nil }
        #expect(marked.map { $0["status"] as? String } == ["unhealthy", "healthy"], "its begin and its end")

        #expect(try exporter.post(path, body: #"{"readiness": true, "status": "unhealthy"}"#).status == 200)
        let readiness = try exporter.probe("/readyz")
        #expect(readiness.status == 503)
        #expect((readiness.json["causes"] as? [[String: Any]])?.first?["reason"] as? String == "drill")
        #expect(try exporter.metric("health_feature_flag_enabled", #"flag="shop""#) == 0)
        #expect(try exporter.get(path, method: "DELETE").status == 200)
        #expect(try exporter.probe("/readyz").status == 200)
        #expect(try exporter.get(path, method: "DELETE").status == 404)
    }

    @Test(arguments: [
        (#"{"status": "healthy"}"#, "no such status"), (#"{"for": "5h"}"#, "at most 4h"),
        (#"{"for": 15}"#, "is no text"),
        (#"{"fro": "15m"}"#, "unknown key `fro`"), ("[]", "no JSON object"), ("{", "no JSON object"),
        (#"{"readiness": "yes"}"#, "is no boolean"), (#"{"by": "\u0007"}"#, "control characters"),
    ])
    func whatIsWrongIsToldClearly(body: String, problem: String) async throws {
        let exporter = try RunningExporter(configuration: Self.configuration)
        try await exporter.waitUntilStarted()
        let answer = try exporter.post("/api/v1/components/db/drill", body: body)
        #expect(answer.status == 400)
        #expect("\(answer.json["error"] ?? "")\(answer.json["hint"] ?? "")".contains(problem), "\(answer.text)")
        #expect(try exporter.post("/api/v1/components/nobody/drill").status == 404)
        #expect(try exporter.metric("health_component_drill_active", #"component="db""#) == 0)
    }

    @Test func onlyThoseWhoMayCanChangeAnything() async throws {
        let exporter = try RunningExporter(configuration: Self.configuration)
        try await exporter.waitUntilStarted()
        for path in ["/api/v1/components/db/drill", "/-/reload"] {
            #expect(try exporter.post(path, headers: ["Origin": "http://evil.example"]).status == 403)
            #expect(try exporter.post(path, headers: ["X-Forwarded-For": "10.0.0.1"]).status == 403)
            #expect(try exporter.get(path, method: "PUT").status == 405)
        }
        #expect(try exporter.get("/-/reload").status == 405)
    }

    /// The OpenFeature SDK and its OFREP provider, in a Python of their own.
    private static let sdk = Faults.folder.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".build/openfeature/bin/python").path

    private static let script = """
        import sys, time
        from openfeature import api
        from openfeature.contrib.provider.ofrep import OFREPProvider
        api.set_provider(OFREPProvider(f"http://127.0.0.1:{sys.argv[1]}"))
        client = api.get_client()
        for key, default in [("shop", None), ("shop", None), ("nope", True)]:
            details = client.get_boolean_details(key, default if default is not None else False)
            print(details.value, details.reason, details.error_code)
        """

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: sdk) || Tool.mayNotSkip,
            "the OpenFeature SDK is not installed in .build/openfeature"
        )
    )
    func theOpenFeatureSDKReadsAFlagThatFollowsItsDependency() async throws {
        let folder = try TemporaryFolder()
        let marker = try folder.write("up", "x")
        let exporter = try RunningExporter(
            configuration: """
                defaults: {interval: 2s, timeout: 500ms, confirm_interval: 1s, failure_threshold: 2}
                components: {db: {checks: {a: {kind: file, path: "\(marker)"}}}}
                flags: {shop: {requires: [db], default: false}}
                """
        )
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        func asked() async throws -> [Substring] {
            try await Command.run(Self.sdk, "-c", Self.script, String(exporter.port)).output.split(separator: "\n")
        }
        let on = try await asked()
        #expect(on.first?.hasPrefix("True TARGETING_MATCH") == true, "\(on)")
        #expect(on.last?.contains("FLAG_NOT_FOUND") == true && on.last?.hasPrefix("True") == true, "\(on)")
        try FileManager.default.removeItem(atPath: marker)
        try await eventually("the first failure") {
            try exporter.sum("health_check_runs_total", #"result="failure""#) == 1
        }
        // One failed confirmation, and it is off.
        try await eventually("off") { try exporter.metric("health_feature_flag_enabled", #"flag="shop""#) == 0 }
        #expect(try exporter.sum("health_check_runs_total", #"result="failure""#) == 2)
        #expect(try await asked().first?.hasPrefix("False") == true)
        _ = try folder.write("up", "x")
        try await eventually("on") { try exporter.metric("health_feature_flag_enabled", #"flag="shop""#) == 1 }
        #expect(try await asked().first?.hasPrefix("True") == true)
    }

    @Test func bulkEvaluationHasATag() async throws {
        let exporter = try RunningExporter(configuration: Self.configuration)
        try await exporter.waitUntilStarted()
        try await eventually("ready") { try exporter.probe("/readyz").status == 200 }
        let path = "/ofrep/v1/evaluate/flags"
        let first = try exporter.post(path, body: #"{"context": {"targetingKey": "u1"}}"#)
        #expect(first.status == 200)
        #expect((first.json["flags"] as? [[String: Any]])?.first?["key"] as? String == "shop")
        let tag = try #require(first.headers["etag"])
        let second = try exporter.post(path, headers: ["If-None-Match": tag], body: "{}")
        #expect(second.status == 304 && second.body.isEmpty)
        #expect(try exporter.post(path, headers: ["If-None-Match": #""other""#]).status == 200)
        let unknown = try exporter.post(path + "/nope")
        #expect(unknown.status == 404 && unknown.json["errorCode"] as? String == "FLAG_NOT_FOUND")
        let broken = try exporter.post(path, body: #"{"context": 1}"#)
        #expect(broken.status == 400 && broken.json["errorCode"] as? String == "PARSE_ERROR")
        #expect(try exporter.get(path).status == 405)
    }
}
