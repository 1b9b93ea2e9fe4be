import Foundation
import Testing

/// Native histograms in a real Prometheus, which scrapes them as protocol buffers.
@Suite(.startsProcesses)
struct NativeHistogramTests {
    /// Buckets of schema 3 differ by this factor; a quantile is off by at most one of them.
    private static let factor = pow(2, 1.0 / 8)

    @Test(
        .enabled(if: Tool.prometheus.isAvailable, "prometheus is not installed"),
        arguments: ["native", "both"]
    )
    func quantilesAreThoseOfTheRuns(histograms: String) async throws {
        let exporter = try RunningExporter(
            configuration: """
                logs: {level: debug}
                metrics: {histograms: \(histograms)}
                components:
                  app:
                    buckets: [0.1, 1]
                    checks:
                      sleep: {kind: exec, command: [bash, -c, "sleep 0.0$((RANDOM % 10))"], interval: 200ms, timeout: 150ms}
                """
        )
        try await exporter.waitUntilStarted()
        let folder = try TemporaryFolder()
        let configuration = try folder.write(
            "prometheus.yml",
            """
            global: {scrape_interval: 1s}
            scrape_configs: [{job_name: a, honor_labels: true, static_configs: [{targets: ["127.0.0.1:\(exporter.port)"]}]}]
            """
        )
        let port = try FreePort.next()
        let prometheus = try RunningServer(
            .prometheus,
            [
                "--config.file=\(configuration)", "--storage.tsdb.path=\(folder.url.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--enable-feature=native-histograms",
            ]
        )
        defer { prometheus.stop() }
        func value(_ expression: String) throws -> Double? {
            let encoded = expression.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let answer = try? HTTP.get(port, "/api/v1/query?query=\(encoded)")
            let result = (answer?.json["data"] as? [String: Any])?["result"] as? [[String: Any]]
            return (result?.first?["value"] as? [Any])?.last.flatMap { $0 as? String }.flatMap(Double.init)
        }
        let series = "health_check_duration_seconds"
        try await eventually("a hundred runs", within: 90) { try value("histogram_count(\(series))") ?? 0 >= 100 }
        // Of one instant, so that no scrape lies between the queries.
        let instant = " @ \(Date().timeIntervalSince1970)"
        let count = Int(try #require(try value("histogram_count(\(series)\(instant))")))
        let durations = try exporter.log.split(separator: "\n").compactMap { line -> Double? in
            let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            return object?["event"] as? String == "check.run" ? object?["duration_seconds"] as? Double : nil
        }
        try #require(durations.count >= count)
        let sorted = durations.prefix(count).sorted()
        for quantile in [0.1, 0.5, 0.9, 0.99] {
            let seen = try #require(try value("histogram_quantile(\(quantile), \(series)\(instant))"))
            let exact = sorted[min(Int(quantile * Double(count)), count - 1)]
            let before = sorted[max(Int(quantile * Double(count)) - 1, 0)]
            #expect(seen >= before / Self.factor && seen <= exact * Self.factor, "\(quantile): \(seen), \(exact)")
        }
        // The rule that asks how late runs start finds the native histogram.
        let root = Faults.folder.deletingLastPathComponent().deletingLastPathComponent()
        let rules = try String(contentsOf: root.appending(path: "deploy/prometheus/rules.yaml"), encoding: .utf8)
        let late = try #require(rules.components(separatedBy: "- alert: HealthExporterLate").last)
        let parts = late.components(separatedBy: "for: 15m")[0].components(separatedBy: "expr: |2")
        let expression = try #require(parts.last).replacingOccurrences(of: "> 1", with: ">= 0")
        try await eventually("how late runs start") { try value(expression) ?? 0 > 0 }
        // Of a native histogram nothing is stored by the bucket.
        #expect(try value("count(health_check_duration_seconds_bucket)") == nil)
        #expect(try value("health_check_status{status=\"healthy\"}") == 1)
        #expect(try value("up") == 1)
    }
}
