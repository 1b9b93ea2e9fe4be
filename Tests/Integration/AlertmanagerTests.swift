import Foundation
import Testing

/// What the shipped configuration mutes, asked of a real Alertmanager: a page mutes what it explains, and nothing else.
@Suite(.startsProcesses, .enabled(if: Tool.alertmanager.isAvailable, "prometheus-alertmanager is not installed"))
struct AlertmanagerTests {
    private static let service = ["cluster=west", "job=orders", "namespace=shop", "environment=prod"]

    /// Alerts by their labels, those in a component with its name.
    private static let alerts = [
        "unhealthy": ["alertname=HealthCriticalComponentUnhealthy", "severity=critical", "component=db"],
        "unhealthy-budget": ["alertname=HealthErrorBudgetBurnFast", "severity=critical", "component=db"],
        "unhealthy-degraded": ["alertname=HealthComponentDegraded", "severity=warning", "component=db"],
        "other-degraded": ["alertname=HealthComponentDegraded", "severity=warning", "component=cache"],
        "certificate": [
            "alertname=HealthCriticalCertificateExpiring", "severity=critical", "component=web", "check=page",
        ],
        "certificate-soon": ["alertname=HealthCertificateExpiring", "severity=warning", "component=web", "check=page"],
        "certificate-degraded": ["alertname=HealthComponentDegraded", "severity=warning", "component=web"],
        "certificate-internal": ["alertname=HealthExporterInternalResults", "severity=warning", "component=web"],
        "down": ["alertname=HealthExportersDown", "severity=critical"],
        "down-instance": ["alertname=HealthExporterDown", "severity=warning", "instance=a"],
        "down-other": ["alertname=HealthExporterDown", "severity=warning", "instance=b", "job=billing"],
        "down-cluster": ["alertname=HealthExporterDown", "severity=warning", "instance=c", "cluster=east"],
    ]

    @Test func aPageMutesWhatItExplainsAndNothingElse() async throws {
        let folder = try TemporaryFolder()
        let port = try FreePort.next()
        let root = Faults.folder.deletingLastPathComponent().deletingLastPathComponent()
        let server = try RunningServer(
            .alertmanager,
            [
                "--config.file=\(root.appending(path: "deploy/alertmanager/alertmanager.yaml").path)",
                "--storage.path=\(folder.url.path)", "--web.listen-address=127.0.0.1:\(port)",
                "--cluster.listen-address=",
            ]
        )
        defer { server.stop() }
        try await eventually("Alertmanager answers", within: 60) {
            (try? HTTP.get(port, "/-/ready"))?.status == 200
        }
        for (name, labels) in Self.alerts {
            let own = Set(labels.map { $0.prefix { $0 != "=" } })
            let service = Self.service.filter { !own.contains($0.prefix { $0 != "=" }) }
            let result = try await Command.run(
                Tool.amtool.rawValue,
                ["--alertmanager.url=http://127.0.0.1:\(port)", "alert", "add", "case=\(name)"] + service + labels
            )
            try #require(result.status == 0, "\(name): \(result.errors)")
        }
        // Inhibition is worked out when groups are flushed.
        try await eventually("all of them are worked out", within: 60) {
            try muted(port)?.contains("unhealthy-degraded") == true
        }
        #expect(
            try muted(port)
                == ["unhealthy-budget", "unhealthy-degraded", "certificate-soon", "down-instance"]
        )
    }

    /// The cases that another alert mutes; nil as long as not all alerts are there.
    private func muted(_ port: Int) throws -> Set<String>? {
        let answer = try HTTP.get(port, "/api/v2/alerts")
        let alerts = try #require(try JSONSerialization.jsonObject(with: answer.body) as? [[String: Any]])
        guard alerts.count == Self.alerts.count else { return nil }
        let names = alerts.compactMap { alert -> String? in
            let by = (alert["status"] as? [String: Any])?["inhibitedBy"] as? [String] ?? []
            return by.isEmpty ? nil : (alert["labels"] as? [String: String])?["case"]
        }
        return Set(names)
    }
}
