import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// What `/metrics` tells about the exporter itself.
struct ExporterMetricsTests {
    private static let metrics = ExporterMetrics(
        build: BuildFacts(revision: ""),
        activity: { ScheduleActivity(runsInFlight: 3, runsOverdue: 1) },
        probes: {
            [
                ProbeFacts(
                    probe: .liveness,
                    isPassing: true,
                    lastRequest: .newYear2026.advanced(by: .milliseconds(1234))
                ),
                ProbeFacts(probe: .readiness, isPassing: false, lastRequest: nil),
            ]
        },
        reloads: { ReloadFacts(lastSuccess: .newYear2026, successes: 1) },
        stalls: {
            StallFacts(ages: [("scheduler", .milliseconds(1500)), ("cooperative-pool", .zero)], limit: .seconds(30))
        },
        state: { StateFacts(sizeBytes: 4096, lastWrite: .newYear2026) },
        connections: {
            [
                ConnectionFacts(listener: "main", open: 4, refused: 2),
                ConnectionFacts(listener: "probe", open: 1, refused: 0),
            ]
        },
        lastScrape: { .milliseconds(125) },
        log: { LogWriter.Figures(byLevel: [0, 0, 12, 0, 0, 1, 0], dropped: 2) },
        requests: { [RequestFacts(handler: "/metrics", counts: [7, 0, 1, 0])] },
        process: {
            ProcessFacts(cpuSeconds: 1.25, residentBytes: 52_428_800, startSeconds: Timestamp.newYear2026.seconds)
        }
    )

    private static func page(of metrics: ExporterMetrics, labelsEverySample: Bool = false) throws -> [Substring] {
        let identity = ServiceIdentity(
            name: "orders",
            environment: "e",
            version: "v",
            instance: "i",
            labelsEverySample: labelsEverySample
        )
        let store = StatusStore(time: ManualTime()) { _ in }
        let recorder = MetricsRecorder(identity: identity)
        let scrape = Scrape(
            identity: identity,
            health: store.snapshot(),
            metrics: recorder.snapshot(),
            now: .zero
        )
        let page = Exposition(scrape, sources: metrics.sources).text(.prometheus)
        return String(decoding: page, as: UTF8.self).split(separator: "\n")
    }

    @Test func thePageStaysAsItIs() throws {
        let lines = try Self.page(of: Self.metrics)
        let start = try #require(lines.firstIndex { $0.contains("health_probe_passing") })
        let own = lines[start...].filter { !$0.contains("health_exporter_schedule_delay_seconds") }
        #expect(own.joined(separator: "\n") == Self.expected.replacing("SWIFT", with: Build.swiftVersion))
    }

    @Test func everySampleCarriesTheLabelsOfTheService() throws {
        let samples = try Self.page(of: Self.metrics, labelsEverySample: true).filter { !$0.hasPrefix("#") }
        #expect(samples.count > 40)
        for sample in samples { #expect(sample.contains(#"environment="e",version="v",instance="i""#), "\(sample)") }
    }

    @Test func numbersAreReadOncePerPage() throws {
        let reads = ProgressCounter(name: "reads")
        var metrics = Self.metrics
        metrics.log = {
            reads.advance()
            return Self.metrics.log()
        }
        _ = try Self.page(of: metrics)
        #expect(reads.count == 1)
    }

    @Test func whatTheSystemDoesNotTellIsAbsent() throws {
        let samples = try Self.page(of: Self.metrics).filter { $0.hasPrefix("process_") }
        #expect(
            samples.map { $0.prefix { $0 != " " } } == [
                "process_cpu_seconds_total", "process_resident_memory_bytes", "process_start_time_seconds",
            ]
        )
    }

    @Test func allIsToldOfThisProcess() throws {
        let facts = ProcessFacts.read()
        #expect((facts.cpuSeconds ?? -1) >= 0)
        #expect((facts.residentBytes ?? 0) > 1_000_000)
        #expect((facts.virtualBytes ?? 0) >= (facts.residentBytes ?? 0))
        #expect((facts.threads ?? 0) >= 1)
        #expect((facts.openDescriptors ?? 0) >= 3 && (facts.openDescriptors ?? 0) <= (facts.maximumDescriptors ?? 0))
        #expect((facts.startSeconds ?? 0) > 1_600_000_000)
    }

    private static let expected = #"""
        # HELP health_probe_passing 1 while the probe's endpoint answers 200, else 0.
        # TYPE health_probe_passing gauge
        health_probe_passing{probe="liveness"} 1
        health_probe_passing{probe="readiness"} 0
        # HELP health_probe_last_request_timestamp_seconds When the probe was last requested; 0 is never.
        # TYPE health_probe_last_request_timestamp_seconds gauge
        health_probe_last_request_timestamp_seconds{probe="liveness"} 1767225601.234
        health_probe_last_request_timestamp_seconds{probe="readiness"} 0
        # HELP health_exporter_build_info What this exporter was built from.
        # TYPE health_exporter_build_info gauge
        health_exporter_build_info{exporter_version="0.1.0",swift_version="SWIFT",revision="unknown"} 1
        # HELP health_exporter_config_last_reload_successful 1 when the last load of the configuration succeeded.
        # TYPE health_exporter_config_last_reload_successful gauge
        health_exporter_config_last_reload_successful 1
        # HELP health_exporter_config_last_reload_success_timestamp_seconds When the configuration was last loaded successfully.
        # TYPE health_exporter_config_last_reload_success_timestamp_seconds gauge
        health_exporter_config_last_reload_success_timestamp_seconds 1767225600
        # HELP health_exporter_config_reloads_total Attempts to load the configuration anew, by result.
        # TYPE health_exporter_config_reloads_total counter
        health_exporter_config_reloads_total{result="success"} 1
        health_exporter_config_reloads_total{result="failure"} 0
        # HELP health_exporter_checks Registered checks.
        # TYPE health_exporter_checks gauge
        health_exporter_checks 0
        # HELP health_exporter_runs_in_flight Runs under way and within their deadline.
        # TYPE health_exporter_runs_in_flight gauge
        health_exporter_runs_in_flight 3
        # HELP health_exporter_runs_overdue Runs past their deadline that have not returned.
        # TYPE health_exporter_runs_overdue gauge
        health_exporter_runs_overdue 1
        # HELP health_exporter_stall_seconds How long ago each loop was last seen to move.
        # TYPE health_exporter_stall_seconds gauge
        health_exporter_stall_seconds{loop="scheduler"} 1.5
        health_exporter_stall_seconds{loop="cooperative-pool"} 0
        # HELP health_exporter_stall_limit_seconds How long a loop may stand still before it counts as stalled.
        # TYPE health_exporter_stall_limit_seconds gauge
        health_exporter_stall_limit_seconds 30
        # HELP health_exporter_connections Open connections of a listener.
        # TYPE health_exporter_connections gauge
        health_exporter_connections{listener="main"} 4
        health_exporter_connections{listener="probe"} 1
        # HELP health_exporter_connections_refused_total Connections closed for want of a place: new ones, and older ones that gave way to a new one.
        # TYPE health_exporter_connections_refused_total counter
        health_exporter_connections_refused_total{listener="main"} 2
        health_exporter_connections_refused_total{listener="probe"} 0
        # HELP health_exporter_scrape_render_seconds How long the last page of metrics took to render and compress.
        # TYPE health_exporter_scrape_render_seconds gauge
        health_exporter_scrape_render_seconds 0.125
        # HELP health_exporter_restart_needed 1 when the configuration holds a change that only a restart applies.
        # TYPE health_exporter_restart_needed gauge
        health_exporter_restart_needed 0
        # HELP health_exporter_state_writable 1 while what happens is written to the state file; 0 when it is kept in memory only.
        # TYPE health_exporter_state_writable gauge
        health_exporter_state_writable 1
        # HELP health_exporter_state_size_bytes The size of the state file with its write-ahead log.
        # TYPE health_exporter_state_size_bytes gauge
        health_exporter_state_size_bytes 4096
        # HELP health_exporter_state_last_write_timestamp_seconds When the state file was last up to date; 0 is never.
        # TYPE health_exporter_state_last_write_timestamp_seconds gauge
        health_exporter_state_last_write_timestamp_seconds 1767225600
        # HELP health_exporter_log_events_total Log lines by level.
        # TYPE health_exporter_log_events_total counter
        health_exporter_log_events_total{level="trace"} 0
        health_exporter_log_events_total{level="debug"} 0
        health_exporter_log_events_total{level="info"} 12
        health_exporter_log_events_total{level="notice"} 0
        health_exporter_log_events_total{level="warning"} 0
        health_exporter_log_events_total{level="error"} 1
        health_exporter_log_events_total{level="critical"} 0
        # HELP health_exporter_log_events_dropped_total Log lines dropped because nobody read them in time.
        # TYPE health_exporter_log_events_dropped_total counter
        health_exporter_log_events_dropped_total 2
        # HELP health_exporter_http_requests_total Requests answered, by path and class of status code.
        # TYPE health_exporter_http_requests_total counter
        health_exporter_http_requests_total{handler="/metrics",code="2xx"} 7
        health_exporter_http_requests_total{handler="/metrics",code="3xx"} 0
        health_exporter_http_requests_total{handler="/metrics",code="4xx"} 1
        health_exporter_http_requests_total{handler="/metrics",code="5xx"} 0
        # HELP process_cpu_seconds_total Total user and system CPU time spent in seconds.
        # TYPE process_cpu_seconds_total counter
        process_cpu_seconds_total 1.25
        # HELP process_resident_memory_bytes Resident memory size in bytes.
        # TYPE process_resident_memory_bytes gauge
        process_resident_memory_bytes 52428800
        # HELP process_virtual_memory_bytes Virtual memory size in bytes.
        # TYPE process_virtual_memory_bytes gauge
        # HELP process_open_fds Number of open file descriptors.
        # TYPE process_open_fds gauge
        # HELP process_max_fds Maximum number of open file descriptors.
        # TYPE process_max_fds gauge
        # HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
        # TYPE process_start_time_seconds gauge
        process_start_time_seconds 1767225600
        # HELP process_threads Number of OS threads in the process.
        # TYPE process_threads gauge
        """#
}
