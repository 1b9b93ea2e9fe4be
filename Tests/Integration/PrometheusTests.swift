import Foundation
import Testing

/// The pages before those who read them: promtool, the Python client's parsers, and a real Prometheus.
@Suite(.startsProcesses)
struct PrometheusTests {
    private static let configuration = """
        logs: {level: debug}
        service: {name: "o\\"rders", environment: "prod\\"uction\\\\", version: 1.10, instance: "u\\u2028v"}
        defaults: {interval: 500ms, timeout: 200ms}
        components:
          host: {owner: "team \\\\ \\"x\\"", runbook: "https://runbooks.example/host", checks: {disk: {kind: disk, path: /}, memory: {kind: memory}}}
          port: {impact: optional, checks: {closed: {kind: tcp, address: "127.0.0.1:1"}}}
        """

    private static func started(interval: String = "500ms") async throws -> RunningExporter {
        let text = configuration.replacingOccurrences(of: "500ms", with: interval)
        let exporter = try RunningExporter(configuration: text)
        try await exporter.waitUntilStarted()
        try await eventually("a failing check") {
            try exporter.metric("health_check_failures_total", #"reason="connect_refused""#) ?? 0 > 0
        }
        try await eventually("results of all checks") { try exporter.probe("/startupz").status == 200 }
        return exporter
    }

    @Test(.enabled(if: Tool.promtool.isAvailable, "promtool is not installed"))
    func promtoolFindsNothing() async throws {
        let exporter = try await Self.started()
        let result = try await Command.run(
            Tool.promtool.rawValue,
            "check",
            "metrics",
            input: try exporter.get("/metrics").body
        )
        #expect(
            result.status == 0 && result.output.isEmpty && result.errors.isEmpty,
            "\(result.output)\(result.errors)"
        )
    }

    /// Prints name, sorted labels and value of every sample, one a line, sorted.
    private static let reader = """
        import sys
        from prometheus_client.parser import text_string_to_metric_families as text
        from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
        families = {"text": text, "openmetrics": openmetrics}[sys.argv[1]](sys.stdin.buffer.read().decode())
        for line in sorted(repr((s.name, sorted(s.labels.items()), float(s.value))) for f in families for s in f.samples):
            print(line)
        """

    @Test(.enabled("the Python client for Prometheus is not installed") { await PrometheusClient.isAvailable })
    func bothParsersFindTheSameSeriesInBothFormats() async throws {
        let exporter = try await Self.started(interval: "1h")
        // How long a page took is told by the next one.
        _ = try exporter.get("/metrics")
        let openMetrics = try exporter.get(
            "/metrics",
            headers: ["Accept": "application/openmetrics-text;version=1.0.0"]
        )
        let text = try exporter.get("/metrics")
        #expect(openMetrics.headers["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
        #expect(text.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
        func series(_ format: String, _ page: Data) async throws -> [String] {
            let result = try await Command.run(Tool.python.rawValue, ["-c", Self.reader, format], input: page)
            try #require(result.status == 0, "\(format): \(result.errors)")
            return result.output.split(separator: "\n").map(String.init)
        }
        let (left, right) = (try await series("text", text.body), try await series("openmetrics", openMetrics.body))
        #expect(left.count > 200)
        #expect(left.count == text.text.split(separator: "\n").count { !$0.hasPrefix("#") })
        #expect(left.count == right.count)
        // No run falls between the two scrapes; only what the scrapes themselves and the process move may differ.
        let moving = [
            "process_", "health_exporter_stall_seconds", "health_exporter_http_requests_total",
            "health_exporter_connections',", "health_exporter_scrape_render_seconds",
        ]
        for (text, openMetrics) in zip(left, right) where !moving.contains(where: { text.hasPrefix("('\($0)") }) {
            #expect(text == openMetrics)
        }
        #expect(
            left.allSatisfy { $0.contains(#"('environment', 'prod"uction\\')"#) && $0.contains("('version', '1.10')") }
        )
        #expect(left.contains { $0.contains(#"('owner', 'team \\ "x"')"#) })
    }

    @Test(.enabled("the Python client for Prometheus is not installed") { await PrometheusClient.isAvailable })
    func compressesForThoseWhoTakeIt() async throws {
        let exporter = try await Self.started()
        let answer = try exporter.get("/metrics", headers: ["Accept-Encoding": "gzip"])
        #expect(answer.headers["content-encoding"] == "gzip")
        let unpacked = try await Command.run(
            Tool.python.rawValue,
            "-c",
            "import gzip, sys; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))",
            input: answer.body
        )
        #expect(unpacked.output.hasPrefix("# HELP target_info"))
        #expect(unpacked.output.hasSuffix("\n"))
        #expect(answer.body.count < unpacked.output.utf8.count / 4)
    }

    @Test(
        .enabled(if: Tool.prometheus.isAvailable, "prometheus is not installed"),
        .enabled(if: Tool.nginx.isAvailable, "nginx is not installed")
    )
    func aRealPrometheusScrapesBothFormats() async throws {
        let exporter = try await Self.started()
        let folder = try TemporaryFolder()
        let (proxyPort, port) = (try FreePort.next(), try FreePort.next())
        // Prometheus asks for OpenMetrics first; the proxy makes one of its jobs ask for the text format.
        let proxy = try folder.write(
            "nginx.conf",
            """
            daemon off; pid \(folder.url.path)/nginx.pid; error_log \(folder.url.path)/error.log;
            events {}
            http { access_log off; server { listen 127.0.0.1:\(proxyPort); location / {
              proxy_set_header Accept "text/plain;version=0.0.4"; proxy_pass http://127.0.0.1:\(exporter.port); } } }
            """
        )
        let configuration = try folder.write(
            "prometheus.yml",
            """
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: openmetrics
                honor_labels: true
                static_configs: [{targets: ["127.0.0.1:\(exporter.port)"]}]
              - job_name: text
                honor_labels: true
                static_configs: [{targets: ["127.0.0.1:\(proxyPort)"]}]
            """
        )
        let nginx = try RunningServer(.nginx, ["-c", proxy])
        let prometheus = try RunningServer(
            .prometheus,
            [
                "--config.file=\(configuration)", "--storage.tsdb.path=\(folder.url.path)/data",
                "--web.listen-address=127.0.0.1:\(port)", "--enable-feature=exemplar-storage",
            ]
        )
        defer {
            prometheus.stop()
            nginx.stop()
        }
        func query(_ expression: String) throws -> [[String: Any]] {
            let allowed = CharacterSet.alphanumerics
            let encoded = expression.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
            let answer = try? HTTP.get(port, "/api/v1/query?query=\(encoded)")
            return ((answer?.json["data"] as? [String: Any])?["result"] as? [[String: Any]]) ?? []
        }
        try await eventually("up is 1 for both", within: 60) { try query("up == 1").count == 2 }
        try await eventually("runs of both", within: 30) { try query("health_check_runs_total > 0").count >= 6 }
        // The trace id that an exemplar holds is that of a run which the exporter knows.
        let exemplars =
            try HTTP.get(
                port,
                "/api/v1/query_exemplars?query=health_check_duration_seconds_bucket&start=\(Int(Date().timeIntervalSince1970) - 60)"
                    + "&end=\(Int(Date().timeIntervalSince1970) + 1)"
            ).json["data"] as? [[String: Any]] ?? []
        let found = exemplars.flatMap { $0["exemplars"] as? [[String: Any]] ?? [] }
            .compactMap { ($0["labels"] as? [String: String])?["trace_id"] }
        #expect(!found.isEmpty)
        let runs = Set(
            try exporter.log.split(separator: "\n").compactMap { line in
                let object = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return object?["trace_id"] as? String
            }
        )
        #expect(runs.count > 2 && found.allSatisfy(runs.contains), "\(found)")
        for job in ["openmetrics", "text"] {
            let all = try query(
                "count by (environment, version, instance) ({job=\"\(job)\", __name__=~\"health_.*|process_.*|target_info\"})"
            )
            let labels = all.compactMap { $0["metric"] as? [String: String] }
            #expect(
                labels == [["environment": "prod\"uction\\", "version": "1.10", "instance": "u\u{2028}v"]],
                "\(job)"
            )
            #expect(try query("health_check_status{job=\"\(job)\",status=\"unhealthy\"} == 1").count == 1)
            #expect(
                try query("histogram_quantile(0.9, health_check_duration_seconds_bucket{job=\"\(job)\"})").count == 3
            )
        }
        #expect(
            try query(
                "scrape_samples_scraped{job=\"text\"} == ignoring(job, instance) scrape_samples_scraped{job=\"openmetrics\"}"
            ).count == 1
        )
    }
}
