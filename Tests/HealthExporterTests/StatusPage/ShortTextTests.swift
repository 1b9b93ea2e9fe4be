import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// Numbers and spans as people read them.
struct ShortTextTests {
    @Test(
        arguments: [
            (1.0, "100 %"), (0.999999, "99.99 %"), (0.9995, "99.95 %"), (0.995, "99.5 %"), (0.99, "99 %"),
            (0.9709, "97 %"), (0.5, "50 %"), (0.3333, "33.3 %"), (0, "0 %"), (0.0001, "0 %"), (2, "100 %"),
        ] as [(Double, String)]
    )
    func ratios(ratio: Double, text: String) {
        #expect(ShortText.percent(ratio) == text)
    }

    @Test(
        arguments: [
            (0, "0 ms"), (0.000_004, "0.01 ms"), (0.000_45, "0.45 ms"), (0.0042, "4.2 ms"), (0.012, "12 ms"),
            (0.9994, "999 ms"), (1, "1 s"), (1.25, "1.2 s"), (34.9, "34 s"), (-1, "0 ms"), (1e300, "1000000000 s"),
        ] as [(Double, String)]
    )
    func durations(seconds: Double, text: String) {
        #expect(ShortText.seconds(seconds) == text)
    }

    @Test(
        arguments: [
            (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (12_000, "3 h 20 min"),
            (86_400, "1 d"), (86_400 * 12 + 3600 * 4, "12 d 4 h"), (-5, "0 s"),
        ] as [(Double, String)]
    )
    func spans(seconds: Double, text: String) {
        #expect(ShortText.span(.seconds(seconds)) == text)
    }

    @Test(
        arguments: [
            (0, "0 B"), (812, "812 B"), (1536, "1.5 KiB"), (1_073_741_824, "1 GiB"), (84_159_680_512, "78.3 GiB"),
            (1e300, "1000000000000000 PiB"),
        ] as [(Double, String)]
    )
    func sizes(bytes: Double, text: String) {
        #expect(ShortText.bytes(bytes) == text)
    }

    @Test(
        arguments: [
            ("health_heartbeat_due_timestamp_seconds", 1_767_225_600.25, "2026-01-01 00:00 UTC</time>"),
            ("health_postgres_replication_lag_seconds", 0.25, "250 ms"), ("health_disk_used_ratio", 0.171, "17.1 %"),
            ("health_disk_free_bytes", 2048, "2 KiB"), ("health_http_status_code", 200, "200"), ("x_bytes", -1, "-1"),
            ("x_timestamp_seconds", 1e300, "1000000000 s"), ("x_ratio", 1.5, "1.5"),
        ] as [(String, Double, String)]
    )
    func measurementsHaveTheUnitOfTheirName(name: String, value: Double, text: String) {
        let html = String(decoding: HTMLWriter.document { $0.measurement(name, value) }, as: UTF8.self)
        #expect(html.hasSuffix(text), "\(html)")
    }
}
