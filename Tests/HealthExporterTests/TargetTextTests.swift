import Foundation
import HealthCore
import HealthExporter
import HealthTesting
import Testing

/// What `check-config` and `once` say about where checks go.
struct TargetTextTests {
    private static let configuration = """
        components:
          web: {checks: {page: {kind: http, url: "http://web:8080/status?key=hunter2"}}}
          db: {checks: {query: {kind: postgres, url: "postgres://orders@db:5432/orders", password: hunter2}}}
          port: {checks: {tcp: {kind: tcp, address: "${file:SECRET}"}}}
          own: {checks: {runtime: {kind: runtime}}}
        """

    private static func load() throws -> ExporterConfiguration {
        let secret = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("hidden.internal:443".utf8).write(to: secret)
        defer { try? FileManager.default.removeItem(at: secret) }
        return try ConfigurationText.load(configuration.replacing("SECRET", with: secret.path))
    }

    @Test func checkConfigNamesTheTargetOfEachCheck() throws {
        let report = ConfigurationReport(
            try Self.load(),
            probe: .init(period: nil, timeout: nil, failures: nil),
            eventLoops: 1,
            now: Timestamp(nanosecondsSinceEpoch: 0)
        )
        let lines = report.render().split(separator: "\n")
        #expect(lines.contains { $0.hasPrefix("  page: http http://web:8080/status") })
        #expect(
            lines.contains { $0.hasPrefix("  query: postgres postgres://") && $0.contains("db:5432/orders, every") }
        )
        #expect(lines.contains("  runtime: runtime, every 10s, timeout 2s"))
        #expect(!report.render().contains("hunter2") && !report.render().contains("hidden.internal"))
    }

    @Test func onceNamesTheTargetOfEachCheck() throws {
        let store = StatusStore(time: ManualTime()) { _ in }
        store.apply(try Self.load().registry)
        let rows = StatusTable.render(store.snapshot()).split(separator: "\n").map { $0.split(separator: " ") }
        #expect(rows.first?.map(String.init).contains("TARGET") == true)
        func target(_ component: String) -> String? {
            rows.first { $0.first == component[...] }.flatMap { $0.count > 3 ? String($0[3]) : nil }
        }
        #expect(target("web")?.hasPrefix("http://web:8080/status") == true)
        #expect(target("db")?.contains("db:5432/orders") == true)
        #expect(target("own") == "-")
        #expect(!rows.joined().joined().contains("hunter2") && target("port")?.contains("hidden") == false)
    }
}
