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
}
