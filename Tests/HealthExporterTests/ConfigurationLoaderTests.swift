import Foundation
import HealthChecks
import HealthCore
import HealthExporter
import Logging
import Testing

/// What a file says, as the program understands it.
struct ConfigurationLoaderTests {
    private static let everything = """
        service: {name: orders, environment: production, version: 1.4.2, instance: orders-7d9c}
        web:
          {listen: "127.0.0.1:1", probe_listen: "[::1]:2", admin_socket: off, details: never, lifecycle: always, host_names: [H]}
        readiness: {unknown: degraded}
        shutdown: {drain: 1s, grace: 1m30s}
        logs: {level: debug, format: text}
        metrics: {labels: info, profile: lean}
        limits: {stall: 10s, runs_in_flight: 20, checks: 30, series: 4000, blocking_threads: 5}
        network: {allow: [169.254.169.254]}
        defaults: {interval: 20s, timeout: 3s, component: {owner: everybody, objective: 99.5%}}
        components:
          orders-db:
            impact: optional
            scope: shared
            owner: team-orders
            depends_on: [network]
            runbook: https://runbooks.example/orders-db
            startup: healthy
            buckets: [0.005, 0.05, 0.5]
            checks:
              primary:
                kind: tcp
                address: db:5432
                interval: 10s
                confirm_interval: 2s
                failure_threshold: 2
                success_threshold: 4
                degraded_above: 500ms
                max_age: 22s
                retries: {attempts: 2, backoff: 50ms}
                circuit_breaker: {failures: 7, max_open_for: 1m}
              second: {kind: tcp, address: "db:5433"}
          network: {checks: {gateway: {kind: tcp, address: "gw:1"}}}
        """

    @Test func readsEveryValue() throws {
        let configuration = try ConfigurationText.load(Self.everything)
        #expect(configuration.identity.name == "orders" && configuration.identity.environment == "production")
        #expect(configuration.identity.version == "1.4.2" && configuration.identity.instance == "orders-7d9c")
        #expect(!configuration.identity.labelsEverySample && configuration.settings.metrics.profile == .lean)
        #expect(
            configuration.settings.web.listen.description == "[127.0.0.1:1]"
                && configuration.settings.web.probeListen.description == "[::1]:2"
        )
        #expect(configuration.settings.web.details == .never && configuration.settings.web.lifecycle == .always)
        #expect(configuration.settings.web.adminSocket == .off && configuration.settings.web.hostNames == ["h"])
        #expect(configuration.settings.readiness.unknown == .degraded)
        #expect(
            configuration.settings.shutdown.drain == .seconds(1)
                && configuration.settings.shutdown.grace == .seconds(90)
        )
        #expect(configuration.settings.logs.level == .debug && configuration.settings.logs.format == .text)
        #expect(configuration.settings.limits.stall == .seconds(10) && configuration.settings.limits.runsInFlight == 20)
        #expect(configuration.settings.limits.checks == 30 && configuration.settings.limits.series == 4000)
        #expect(configuration.settings.limits.blockingThreads == 5)
        #expect(configuration.settings.network.allow == [IPNetwork("169.254.169.254")])
    }

    @Test func readsComponentsAndChecks() throws {
        let components = try ConfigurationText.load(Self.everything).registry.components.map(\.registration)
        let component = try #require(components.first)
        #expect(components.last?.owner == "everybody" && components.last?.impact == .critical)
        #expect(component.scope == .shared && component.dependencies == ["network"])
        #expect(component.impact == .optional && component.startup == .healthy && component.objective == 0.995)
        #expect(component.owner == "team-orders" && component.runbook == "https://runbooks.example/orders-db")
        #expect(component.buckets == [.milliseconds(5), .milliseconds(50), .milliseconds(500)])
        let (first, second) = (component.checks[0], component.checks[1])
        #expect(first.id == CheckID(component: "orders-db", check: "primary") && first.kind == "tcp")
        #expect(
            first.schedule
                == Schedule(
                    interval: .seconds(10),
                    timeout: .seconds(3),
                    confirmInterval: .seconds(2),
                    maximumAge: .seconds(22)
                )
        )
        #expect(first.thresholds == Thresholds(failure: 2, success: 4) && first.degradedAbove == .milliseconds(500))
        let retries = RetryPolicy(attempts: 2, backoff: .milliseconds(50), maximumBackoff: .seconds(1))
        let breaker = CircuitBreakerSettings(failures: 7, openFor: .seconds(10), maximumOpenFor: .seconds(60))
        #expect(first.retries == retries && first.breaker == breaker)
        #expect(second.retries == nil && second.breaker == nil)
        #expect(second.schedule == Schedule(interval: .seconds(20), timeout: .seconds(3)))
        #expect(second.schedule.confirmInterval == .seconds(4) && second.schedule.maximumAge == .seconds(43))
    }

    @Test func hasTheDefaultsOfTheContract() throws {
        let configuration = try ConfigurationText.load(ConfigurationText.check(""))
        #expect(
            configuration.settings.web.listen.description == "[0.0.0.0:8642]"
                && configuration.settings.web.probeListen.description == "0.0.0.0:8643"
        )
        #expect(
            configuration.settings.web.details == .loopback && configuration.settings.web.lifecycle == .admin
                && configuration.settings.web.adminSocket == .automatic
                && configuration.settings.readiness.unknown == .notReady
        )
        #expect(
            configuration.settings.shutdown.drain == .seconds(5)
                && configuration.settings.shutdown.grace == .seconds(20)
        )
        #expect(configuration.settings.limits == LimitsSettings() && configuration.settings.limits.series == 1_000_000)
        #expect(configuration.identity.labelsEverySample)
        #expect(configuration.settings.metrics.selection == MetricSelection(profile: .standard))
        let component = try #require(configuration.registry.components.first).registration
        #expect(component.scope == .local && component.buckets == nil)
        #expect(component.impact == .critical && component.startup == .result && component.objective == 0.99)
        #expect(component.checks[0].schedule == Schedule(interval: .seconds(10), timeout: .seconds(2)))
        #expect(component.checks[0].thresholds == Thresholds(failure: 3, success: 1))
    }

    @Test func readsScalarsAsTheTypeThatTheirKeyWants() throws {
        let text =
            "service: {version: 1.10, environment: no, instance: 007}\n"
            + ConfigurationText.check("").replacingOccurrences(of: "  c:\n", with: "  c:\n    startup: false\n")
        let configuration = try ConfigurationText.load(text)
        #expect(configuration.identity.version == "1.10" && configuration.identity.environment == "no")
        #expect(configuration.identity.instance == "007")
        #expect(configuration.registry.components.first?.registration.startup == StartupRequirement.none)
    }

    @Test(
        arguments: [
            (["HEALTH_ENVIRONMENT": "a", "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=b"], "a"),
            (["HEALTH_ENVIRONMENT": "", "OTEL_RESOURCE_ATTRIBUTES": "x=y, deployment.environment.name=b%20c"], "b c"),
            ([:], "unknown"),
        ] as [([String: String], String)]
    )
    func takesTheEnvironmentFromWhereItIsSaid(environment: [String: String], expected: String) throws {
        #expect(
            try ConfigurationText.load(ConfigurationText.check(""), environment: environment).identity.environment
                == expected
        )
    }

    @Test func takesVersionAndInstanceFromTheEnvironment() throws {
        func identity(_ environment: [String: String]) throws -> ServiceIdentity {
            try ConfigurationText.load(ConfigurationText.check(""), environment: environment).identity
        }
        #expect(try identity([:]).version == Build.version)
        #expect(try identity(["OTEL_RESOURCE_ATTRIBUTES": "service.version=2"]).version == "2")
        #expect(try identity(["HEALTH_VERSION": "3", "OTEL_RESOURCE_ATTRIBUTES": "service.version=2"]).version == "3")
        #expect(try identity(["POD_NAME": "pod"]).instance == "pod")
        #expect(try identity(["POD_NAME": "pod", "HEALTH_INSTANCE": "i"]).instance == "i")
        #expect(try identity([:]).instance == ProcessInfo.processInfo.hostName)
    }

    @Test func replacesPlaceholdersAndKeepsThemSecret() throws {
        let text =
            "service: {name: '${env:NAME:-fallback}', version: '$${x} ${env:VERSION}'}\n" + ConfigurationText.check("")
        let identity = try ConfigurationText.load(text, environment: ["NAME": "", "VERSION": "9"]).identity
        #expect(identity.name == "fallback" && identity.version == "${x} 9")
        let problems = ConfigurationText.problems(
            ConfigurationText.check("interval: '${env:SECRET}'"),
            environment: ["SECRET": "hunter2"]
        )
        #expect(problems.count == 1 && problems[0].contains("`${env:SECRET}`") && !problems[0].contains("hunter2"))
    }

    @Test(
        arguments: [
            ("", "the key `kind` is missing"), ("kind: htp, ", "did you mean `http`?"),
            ("kind: [a], ", "expected a kind"),
        ]
    )
    func aCheckWithoutAKnownKindIsJudgedAllTheSame(kind: String, message: String) {
        let problems = ConfigurationText.problems(
            """
            logs: {level: loud}
            components:
              c: {checks: {t: {\(kind)url: x, timeot: 1s, timeout: 20s, success_threshold: 0}}}
              d: {impact: big, checks: {t: {kind: tcp}}}
            groups: {g: {members: [c, e]}}
            """
        )
        let wanted = [
            "logs.level: ", message, "did you mean `timeout`?", "timeout (20s) must be shorter than interval (10s)",
            "t.success_threshold: expected a whole number", "d.impact: ", "the key `address` is missing",
            "there is no component named `e`",
        ]
        for text in wanted { #expect(problems.contains { $0.contains(text) }, "\(text): \(problems)") }
        #expect(problems.count == wanted.count, "\(problems)")
    }

    @Test func aKindThatCouldNotBeReplacedIsNoUnknownKindToo() {
        let problems = ConfigurationText.problems("components: {c: {checks: {t: {kind: '${env:KIND}'}}}}")
        #expect(problems.count == 1 && problems[0].contains("the environment variable is not set"), "\(problems)")
    }

    @Test(
        arguments: [
            "https://user:password@h/", "https://user@h", "http://a:b@c:d@h/x", "https://u:pass@h?x#y",
        ]
    )
    func aUserInARunbookIsRefused(runbook: String) {
        for key in ["components: {c: {runbook: '#', ", "defaults: {component: {runbook: '#'}}\ncomponents: {c: {"] {
            let text = key.replacingOccurrences(of: "#", with: runbook) + "checks: {m: {kind: memory}}}}\n"
            let problems = ConfigurationText.problems(text)
            #expect(problems.count == 1 && problems[0].contains("user or password does not belong here"), "\(problems)")
            #expect(!problems.contains { $0.contains("pass@") || $0.contains("password@") })
        }
    }

    @Test(arguments: [
        ("https://h:8443/a@b", true), ("http://[::1]:80/", true), ("https://u:pa/ss@h/", false), ("https://", false),
    ])
    func aRunbookHasAHost(runbook: String, isRight: Bool) {
        let text = "components: {c: {runbook: '\(runbook)', checks: {m: {kind: memory}}}}\n"
        let problems = ConfigurationText.problems(text)
        #expect(problems.isEmpty == isRight && !problems.contains { $0.contains("pa/ss") }, "\(problems)")
    }

    private static func window(_ components: String) -> String {
        ConfigurationText.check("")
            + "maintenance: [{components: \(components), from: 2026-12-01T22:00:00Z, until: 2026-12-01T23:00:00Z}]\n"
    }

    @Test func maintenanceOfAllCoversEveryComponent() throws {
        let windows = try ConfigurationText.load(Self.window("[all]")).registry.maintenance
        #expect(windows.count == 1 && windows[0].components == nil)
        #expect(try ConfigurationText.load(Self.window("[c]")).registry.maintenance.first?.components == ["c"])
    }

    @Test(
        arguments: [
            ("all", "[all] covers every one; found a single value"), ("[]", "[all] covers every one"),
            ("[everything]", "no component named `everything`; [all] covers every one"),
            ("[c, all]", "write [all] alone"),
        ]
    )
    func anErrorAboutMaintenanceSuggestsAll(components: String, message: String) {
        let problems = ConfigurationText.problems(Self.window(components))
        #expect(problems.count == 1 && problems[0].contains(message), "\(problems)")
    }
}
