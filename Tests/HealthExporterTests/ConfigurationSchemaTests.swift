import Foundation
import HealthChecks
import HealthCore
import HealthTesting
import Testing

@testable import HealthExporter

/// The schema, the decoder and the estimate against what they speak about.
struct ConfigurationSchemaTests {
    @Test func isJSONAndRefusesUnknownKeys() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(ConfigurationSchema.render())) as? [String: Any]
        )
        #expect(schema["additionalProperties"] as? Bool == false)
        let properties = try #require(schema["properties"] as? [String: Any])
        #expect(Set(properties.keys) == Set(ExporterSettings.descriptions.filter(\.isSupported).map(\.name)))
        #expect(schema["required"] as? [String] == ["components"])
    }

    /// A bad value for a supported key is a problem at its path; so each is really read.
    @Test(
        arguments: [
            ("service", ServiceSettings.descriptions), ("web", WebSettings.descriptions),
            ("readiness", ReadinessSettings.descriptions),
            ("shutdown", ShutdownSettings.descriptions), ("logs", LogSettings.descriptions),
            ("metrics", MetricsSettings.descriptions),
            ("limits", LimitsSettings.descriptions), ("network", NetworkSettings.descriptions),
        ] as [(String, [KeyDescription])]
    )
    func everyKeyOfASectionIsRead(section: String, keys: [KeyDescription]) {
        #expect(keys.contains { $0.isSupported })
        for key in keys where key.isSupported {
            let problems = ConfigurationText.problems(
                "\(section): {\(key.name): {a: b}}\n" + ConfigurationText.check("")
            )
            #expect(problems.contains { $0.contains("\(section).\(key.name): ") }, "\(key.name): \(problems)")
        }
    }

    @Test func everyKeyOfAComponentAndACheckIsRead() {
        for key in ComponentCommonSettings.descriptions where key.isSupported {
            let text = "components:\n  c:\n    \(key.name): {a: b}\n    checks: {t: {kind: tcp, address: 'h:1'}}\n"
            #expect(
                ConfigurationText.problems(text).contains { $0.contains("components.c.\(key.name): ") },
                "\(key.name)"
            )
        }
        for key in TimingSettings.descriptions where key.isSupported {
            let problems = ConfigurationText.problems(ConfigurationText.check("\(key.name): {a: b}"))
            #expect(problems.contains { $0.contains("checks.t.\(key.name): ") }, "\(key.name)")
        }
    }

    @Test(arguments: CheckCatalog.kinds.map(\.name))
    func everyKeyOfAKindIsRead(kind: String) throws {
        let kind = try #require(CheckCatalog.kind(named: kind))
        let needed = [
            "http": "url: 'http://h/'", "tcp": "address: 'h:1'", "disk": "path: /", "environment": "required: [A]",
        ]
        try #require(!kind.keys.isEmpty)
        for key in kind.keys where key.isSupported {
            let others = needed[kind.name].map { $0.hasPrefix("\(key.name):") ? "" : ", \($0)" } ?? ""
            let text = "components: {c: {checks: {t: {kind: \(kind.name), \(key.name): [[a]]\(others)}}}}\n"
            #expect(ConfigurationText.problems(text).contains { $0.contains("checks.t.\(key.name)") }, "\(key.name)")
        }
    }

    @Test func everyKeyOfAGroupAFlagAndAWindowIsRead() {
        let sections: [(String, String, [KeyDescription])] = [
            ("groups: {g: {#}}", "groups.g", GroupSettings.descriptions),
            ("flags: {f: {#}}", "flags.f", FlagSettings.descriptions),
            ("maintenance: [{#}]", "maintenance[0]", MaintenanceSettings.descriptions),
            ("maintenance: [{weekly: {#}}]", "maintenance[0].weekly", WeeklySettings.descriptions),
            (
                "components: {d: {checks: {m: {kind: memory}}, #}}", "components.d",
                ComponentSettings.descriptions.filter { $0.name == "depends_on" }
            ),
            ("defaults: {component: {#}}", "defaults.component", ComponentCommonSettings.descriptions),
            ("defaults: {#}", "defaults", TimingSettings.descriptions),
            ("defaults: {retries: {#}}", "defaults.retries", RetrySettings.descriptions),
            ("defaults: {circuit_breaker: {#}}", "defaults.circuit_breaker", BreakerSettings.descriptions),
        ]
        for (section, path, keys) in sections {
            for key in keys where key.isSupported {
                let text = section.replacingOccurrences(of: "#", with: "\(key.name): {a: [b]}") + "\n"
                let base = section.hasPrefix("components") ? "" : ConfigurationText.check("")
                let problems = ConfigurationText.problems(text + base)
                #expect(problems.contains { $0.contains("\(path).\(key.name)") }, "\(path).\(key.name): \(problems)")
            }
        }
    }

    @Test func keysOfAKindAreNoCommonKeys() {
        let common = Set(TimingSettings.descriptions.map(\.name) + ["kind"])
        for kind in CheckCatalog.kinds { #expect(common.isDisjoint(with: kind.keys.map(\.name)), "\(kind.name)") }
    }

    @Test func theEmbeddedDefaultIsRightAndNotCritical() throws {
        let registry = try ConfigurationText.load(EmbeddedConfiguration.text).registry
        let checks = registry.checks.map { "\($0.registration.id) \($0.registration.kind)" }
        #expect(checks == ["host/disk disk", "host/memory memory", "exporter/runtime runtime"])
        #expect(registry.components.allSatisfy { $0.registration.impact == .optional })
    }

    @Test(arguments: [
        ("within: 1h", "1h20s"), ("within: {degraded: 10m, unhealthy: 1h}, failure_threshold: 1", "1h12s"),
        ("within: {degraded: 10m}, failure_threshold: 1", "10m12s"),
    ])
    func theWorstCaseOfAHeartbeatBeginsWithItsSilence(keys: String, expected: String) throws {
        let text = "components: {c: {checks: {t: {kind: heartbeat, \(keys)}}}}\n"
        let component = try #require(try ConfigurationText.load(text).registry.components.first).registration
        #expect(SettingText.text(of: WorstCase.detection(of: component)) == expected)
        let warnings = ConfigurationWarnings.of(component, WorstCase.detection(of: component), isMember: false)
        #expect(warnings.contains { $0.contains("shorten within") })
    }

    @Test(arguments: [
        ("", "20s"), ("interval: 2s, timeout: 500ms, confirm_interval: 500ms", "4s500ms"),
        ("failure_threshold: 1", "12s"), ("interval: 1m, timeout: 10s", "1m54s"),
    ])
    func tellsTheWorstCase(keys: String, expected: String) throws {
        let configuration = try ConfigurationText.load(ConfigurationText.check(keys))
        let component = try #require(configuration.registry.components.first).registration
        let text = SettingText.text(of: WorstCase.detection(of: component))
        #expect(text == expected)
    }
}
