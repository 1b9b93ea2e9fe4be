import HealthChecks
import HealthCore
import HealthExporter
import Testing

/// What a file says, as the program understands it.
struct ConfigurationLoaderTests {
    private static let everything = """
        service: {name: orders, environment: production, version: 1.4.2, instance: orders-7d9c}
        web: {listen: "127.0.0.1:1", probe_listen: "[::1]:2", details: never}
        readiness: {unknown: degraded}
        shutdown: {drain: 1s, grace: 1m30s}
        logs: {level: debug, format: text}
        metrics: {labels: info, phases: false}
        limits: {stall: 10s, runs_in_flight: 20, checks: 30, series: 4000, blocking_threads: 5}
        network: {allow: [169.254.169.254]}
        defaults: {interval: 20s, timeout: 3s, component: {owner: everybody, objective: 99.5%}}
        components:
          orders-db:
            impact: optional
            owner: team-orders
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
              second: {kind: tcp, address: "db:5433"}
        """

    @Test func readsEveryValue() throws {
        let configuration = try ConfigurationText.load(Self.everything)
        #expect(configuration.identity.name == "orders" && configuration.identity.environment == "production")
        #expect(configuration.identity.version == "1.4.2" && configuration.identity.instance == "orders-7d9c")
        #expect(!configuration.identity.labelsEverySample && !configuration.showsPhases)
        #expect(configuration.listen.description == "127.0.0.1:1" && configuration.probeListen.description == "[::1]:2")
        #expect(configuration.details == .never && configuration.unknownPolicy == .degraded)
        #expect(configuration.drain == .seconds(1) && configuration.grace == .seconds(90))
        #expect(configuration.logLevel == .debug && configuration.logFormat == .text)
        #expect(configuration.limits.stall == .seconds(10) && configuration.limits.runsInFlight == 20)
        #expect(configuration.limits.checks == 30 && configuration.limits.series == 4000)
        #expect(configuration.limits.blockingThreads == 5 && configuration.allowedNetworks.count == 1)
    }

    @Test func readsComponentsAndChecks() throws {
        let component = try #require(try ConfigurationText.load(Self.everything).registry.components.first).registration
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
        #expect(second.schedule == Schedule(interval: .seconds(20), timeout: .seconds(3)))
        #expect(second.schedule.confirmInterval == .seconds(4) && second.schedule.maximumAge == .seconds(43))
    }

    @Test func hasTheDefaultsOfTheContract() throws {
        let configuration = try ConfigurationText.load(ConfigurationText.check(""))
        #expect(
            configuration.listen.description == "0.0.0.0:8642"
                && configuration.probeListen.description == "0.0.0.0:8643"
        )
        #expect(
            configuration.details == .loopback && configuration.lifecycle == .admin
                && configuration.adminSocket == .automatic && configuration.unknownPolicy == .notReady
        )
        #expect(configuration.drain == .seconds(5) && configuration.grace == .seconds(20))
        let component = try #require(configuration.registry.components.first).registration
        #expect(component.impact == .critical && component.startup == .result && component.objective == 0.99)
        #expect(component.checks[0].schedule == Schedule(interval: .seconds(10), timeout: .seconds(2)))
        #expect(component.checks[0].thresholds == Thresholds(failure: 3, success: 1))
    }

    @Test func readsScalarsAsTheTypeThatTheirKeyWants() throws {
        let text =
            "service: {version: 1.10, environment: no, instance: 007}\n"
            + ConfigurationText.check("")
            .replacingFirst("  c:\n", "  c:\n    startup: false\n")
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
        #expect(try !identity([:]).instance.isEmpty)
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
}

extension String {
    fileprivate func replacingFirst(_ old: String, _ new: String) -> String {
        guard let range = firstRange(of: old) else { return self }
        return replacingCharacters(in: range, with: new)
    }

    private func replacingCharacters(in range: Range<Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + self[range.upperBound...]
    }
}
