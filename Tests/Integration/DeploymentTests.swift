import Foundation
import Testing

/// What `dashboards/` and `deploy/` ship, by the tools of those who will read it.
@Suite(.startsProcesses)
struct DeploymentTests {
    private static let root = Faults.folder.deletingLastPathComponent().deletingLastPathComponent()
    private static let rules = root.appending(path: "deploy/prometheus/rules.yaml").path
    /// A Python with what these programs need, which `.ci/run` makes.
    private static let python = root.appending(path: ".build/deployment/bin/python").path

    private static var hasPython: Bool { FileManager.default.isExecutableFile(atPath: python) || Tool.mayNotSkip }

    /// Whether that Python has a package, found by how its files are called.
    private static func hasPackage(_ prefix: String) -> Bool {
        let library = root.appending(path: ".build/deployment/lib").path
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: library)) ?? []
        return Tool.mayNotSkip
            || versions.contains { version in
                let packages = "\(library)/\(version)/site-packages"
                let names = (try? FileManager.default.contentsOfDirectory(atPath: packages)) ?? []
                return names.contains { $0.hasPrefix(prefix) }
            }
    }

    /// Debian's is too old for components of kustomize, so CI can't bring its own.
    private static let kubectl = ["/usr/bin/kubectl", "/usr/local/bin/kubectl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// Runs a program, expects it to find nothing wrong, and returns what it said.
    @discardableResult
    private static func passes(
        _ path: String,
        _ arguments: String...,
        within seconds: Double = 240
    ) async throws -> String {
        let environment = ["HEALTH_EXPORTER": try Product.exporter.path, "PYTHONDONTWRITEBYTECODE": "1"]
        let result = try await Command.run(path, arguments, environment: environment, within: seconds)
        #expect(result.status == 0, "\(arguments): \(result.output)\n\(result.errors)")
        return result.output
    }

    private static func script(_ name: String) -> String { root.appending(path: "Tests/\(name)").path }

    @Test(.needsTheMachine, .enabled(if: Tool.promtool.isAvailable, "promtool is not installed"))
    func promtoolReadsTheRulesAndTheScrapeConfiguration() async throws {
        let promtool = Tool.promtool.rawValue
        try await Self.passes(promtool, "check", "rules", "--lint=all", "--lint-fatal", Self.rules)
        try await Self.passes(promtool, "test", "rules", Self.script("Rules/special_cases.yaml"))
        let scrape = Self.root.appending(path: "deploy/prometheus/scrape.yaml").path
        try await Self.passes(promtool, "check", "config", scrape)
    }

    @Test(
        .enabled(if: Tool.promtool.isAvailable, "promtool is not installed"),
        .enabled(if: hasPython, "no Python with PyYAML in .build/deployment")
    )
    func everyAlertFiresHoldsAndResolves() async throws {
        print(try await Self.passes(Self.python, Self.script("Rules/rule_tests.py"), Self.root.path))
    }

    @Test(
        .enabled(if: Tool.promtool.isAvailable, "promtool is not installed"),
        .enabled(if: hasPython, "no Python with PyYAML in .build/deployment")
    )
    func noRolloutAlertsAndNoOutageIsMissed() async throws {
        print(try await Self.passes(Self.python, Self.script("Rules/fleets.py"), Self.root.path, within: 600))
    }

    @Test(.enabled(if: Tool.amtool.isAvailable, "prometheus-alertmanager is not installed"))
    func amtoolReadsTheRoutes() async throws {
        let file = Self.root.appending(path: "deploy/alertmanager/alertmanager.yaml").path
        try await Self.passes(Tool.amtool.rawValue, "check-config", file)
    }

    @Test(
        .enabled(if: Tool.alertmanager.isAvailable, "prometheus-alertmanager is not installed"),
        .enabled(if: hasPython, "no Python with PyYAML in .build/deployment")
    )
    func noAlertMutesThatOfAnotherComponent() async throws {
        print(try await Self.passes(Self.python, Self.script("Deployment/alertmanager.py"), Self.root.path))
    }

    @Test func theOperatorsRulesAreTheSame() throws {
        let path = "deploy/kubernetes/components/prometheusrule/prometheusrule.yaml"
        let written = try Self.text(path)
        let head = try #require(written.range(of: "\nspec:\n"))
        let rules = try Self.text("deploy/prometheus/rules.yaml").split(
            separator: "\n",
            omittingEmptySubsequences: false
        )
        let wanted = written[..<head.upperBound] + rules.map { $0.isEmpty ? "" : "  \($0)" }.joined(separator: "\n")
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try wanted.write(to: Self.root.appending(path: path), atomically: true, encoding: .utf8)
        } else {
            #expect(written == wanted, "UPDATE_GOLDEN=1 writes it anew")
        }
    }

    /// The runbooks that the rules of each alert link to; an alias of YAML stands for what its anchor says.
    private static func runbooks(in rules: String) throws -> [String: Set<String>] {
        var ofAnchors: [Substring: String] = [:]
        var ofAlerts: [String: Set<String>] = [:]
        for rule in rules.components(separatedBy: "- alert: ").dropFirst() {
            let alert = String(rule.prefix { $0.isLetter })
            let link = rule.firstMatch(of: #/\n +runbook_url: .*/deploy/runbooks/(\w+)\.md/#).map { String($0.1) }
            if let anchor = rule.firstMatch(of: /\n +annotations: &(\w+)/) { ofAnchors[anchor.1] = link }
            let alias = rule.firstMatch(of: /\n +annotations: \*(\w+)/)
            let runbook = alias.map { ofAnchors[$0.1] } ?? link
            ofAlerts[alert, default: []].insert(try #require(runbook, "\(alert) has no runbook of ours"))
        }
        return ofAlerts
    }

    @Test func everyAlertHasARunbookAndEveryRunbookAnAlert() throws {
        let runbooks = try Self.runbooks(in: Self.text("deploy/prometheus/rules.yaml"))
        #expect(runbooks.count >= 30)
        let folder = Self.root.appending(path: "deploy/runbooks")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let written = Set(files.filter { $0 != "README.md" }.map { String($0.dropLast(3)) })
        let linked = runbooks.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        #expect(linked == written)
        let overview = try Self.text("deploy/runbooks/README.md")
        let rows = overview.matches(of: #/\n\| (\w+) \| (?:critical|warning|info|none) \| .*\((\w+)\.md\) \|/#)
        let links = rows.map { (String($0.1), Set([String($0.2)])) }
        let listed = Dictionary(links, uniquingKeysWith: { $0.union($1) })
        #expect(listed == runbooks, "the list of runbooks isn't that of the alerts")
        for (alert, pages) in runbooks {
            for page in pages {
                let title = try Self.text("deploy/runbooks/\(page).md").prefix { !$0.isNewline }
                #expect(title.split(separator: " ").contains { $0 == alert }, "\(page) isn't about \(alert)")
            }
        }
    }

    @Test func everyRunbookHasItsSectionsAndSaysWhomToCallAndWhatMutesIt() throws {
        let folder = Self.root.appending(path: "deploy/runbooks")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0 != "README.md" }
        #expect(files.count >= 20)
        for file in files {
            let runbook = try Self.text("deploy/runbooks/\(file)")
            let sections = runbook.components(separatedBy: "\n## ").dropFirst()
            let headings = sections.map { String($0.prefix { !$0.isNewline }) }
            #expect(
                headings == ["Meaning", "Impact", "Diagnosis", "Mitigation", "Escalation", "When it is wrong"],
                "\(file)"
            )
            let meaning = try #require(sections.first { $0.hasPrefix("Meaning\n") }, "\(file)")
            #expect(meaning.contains("\n- Muted"), "\(file)")
            // Whom to call, and after how long.
            let escalation = try #require(sections.first { $0.hasPrefix("Escalation\n") }, "\(file)")
            #expect(escalation.contains(/at once|within (a|the|\d)|after (a|an|\d)/), "\(file)")
            #expect(escalation.contains(/owner|who |lead|maintainers/.ignoresCase()), "\(file)")
        }
    }

    @Test(.enabled(if: hasPython, "no Python with promql-parser and grafana-foundation-sdk in .build/deployment"))
    func dashboardsHoldTheRules() async throws {
        print(try await Self.passes(Self.python, Self.script("Dashboards/dashboard_rules.py"), Self.root.path))
    }

    @Test(
        .enabled(if: hasPython, "no Python with kubernetes-validate in .build/deployment"),
        .enabled(if: kubectl != nil, "kubectl is not installed")
    )
    func manifestsHoldTheRules() async throws {
        let program = Self.script("Deployment/manifests.py")
        let said = try await Self.passes(Self.python, program, Self.root.path)
        print(said.split(separator: "\n").last ?? "")
        try await Self.passes(Self.python, program, "--self-test", Self.root.path)
    }

    @Test(.enabled(if: hasPackage("_gojsonnet"), "no Python with gojsonnet in .build/deployment"))
    func theMixinIsMadeOfTheSameFiles() async throws {
        try await Self.passes(Self.python, Self.script("Deployment/mixin.py"), Self.root.path)
    }

    @Test(
        .enabled(if: hasPackage("helm_python"), "no Python with helm-python-sdk in .build/deployment"),
        .enabled(if: kubectl != nil, "kubectl is not installed")
    )
    func theChartSaysWhatKustomizeDoes() async throws {
        let said = try await Self.passes(Self.python, Self.script("Deployment/chart.py"), Self.root.path)
        print(said.split(separator: "\n").last ?? "")
    }

    private static var hasSchemas: Bool {
        let program = root.appending(path: ".build/deployment/bin/check-jsonschema").path
        return FileManager.default.isExecutableFile(atPath: program) || Tool.mayNotSkip
    }

    @Test(.enabled(if: hasSchemas, "no Python with check-jsonschema in .build/deployment"))
    func theWorkflowsAreValid() async throws {
        let schema = ["-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows"]
        for name in ["ci.yaml", "release.yaml"] {
            let file = Self.root.appending(path: ".github/workflows/\(name)").path
            let result = try await Command.run(Self.python, schema + [file])
            #expect(result.status == 0, "\(result.output)\(result.errors)")
        }
        #expect(try Self.text(".github/workflows/ci.yaml").contains("- run: .ci/run\n"))
    }

    /// Every configuration file below `deploy/`.
    private static func configurations() throws -> [String] {
        let folder = root.appending(path: "deploy")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap {
            $0 as? URL
        }
        return (files ?? []).filter { ["config.yaml", "health.yaml"].contains($0.lastPathComponent) }.map(\.path)
    }

    @Test func theShippedConfigurationsAreWithoutAProblem() async throws {
        let folder = try TemporaryFolder()
        let secret = try folder.write("secret", "hunter2")
        let files = try Self.configurations()
        #expect(files.count >= 4)
        for file in files {
            let text = try String(contentsOfFile: file, encoding: .utf8)
            #expect(!text.contains(".example"), "\(file): nobody will find a page there")
            let here = text.replacing(/\${file:[^}]*}/, with: "${file:\(secret)}")
            let arguments = ["check-config", "--quiet", try folder.write("config.yaml", here)]
            let result = try await Command.run(try Product.exporter.path, arguments)
            #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty, "\(file): \(result)")
        }
    }

    @Test func theQuickStartsTargetIsCalledAsItsExporterCallsItself() async throws {
        let target = try Self.text("deploy/prometheus/targets/example.yaml")
        let instance = try #require(target.firstMatch(of: /\n    instance: (\S+)\n/)).1
        let port = try #require(target.firstMatch(of: /targets: \["127\.0\.0\.1:(\d+)"\]/)).1
        let readme = try Self.text("README.md")
        #expect(readme.contains("HEALTH_INSTANCE=\(instance) swift run -c release health-exporter"))
        #expect(readme.contains("localhost:\(port)"))
        let exporter = try RunningExporter(environment: ["HEALTH_INSTANCE": String(instance)])
        try await exporter.waitUntilStarted()
        #expect(try exporter.metric("health_exporter_checks", "instance=\"\(instance)\"") != nil)
    }

    @Test func aStandaloneExporterIsReadyThoughAllItsTargetsAreDown() async throws {
        let folder = try TemporaryFolder()
        let configuration = try Self.text("deploy/kubernetes/base/config.yaml")
            .replacing("/var/lib/health-exporter", with: folder.url.path)
        // Nobody answers to these names outside a cluster.
        let exporter = try RunningExporter(configuration: configuration)
        try await exporter.waitUntilStarted()
        try await eventually("its targets are down") {
            try exporter.metric("health_component_status", #"component="kubernetes-api""#, #"status="unhealthy""#) == 1
        }
        #expect(try exporter.probe("/startupz").status == 200)
        let readiness = try exporter.probe("/readyz")
        #expect(readiness.status == 200 && readiness.json["status"] as? String == "degraded")
        for path in ["/metrics", "/", "/api/v1/flags", "/health/detailed"] {
            #expect(try exporter.get(path).status == 200, "\(path)")
        }
    }

    @Test(.enabled(if: Tool.systemdAnalyze.isAvailable, "systemd is not installed"))
    func theUnitIsValidAndHardened() async throws {
        let folder = try TemporaryFolder()
        let unit = try Self.text("deploy/systemd/health-exporter.service")
        // The program lies elsewhere here.
        let here = unit.replacing("/usr/bin/health-exporter", with: try Product.exporter.path)
        let file = try folder.write("health-exporter.service", here)
        let analyze = Tool.systemdAnalyze.rawValue
        let result = try await Command.run(analyze, "verify", file)
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        // In tenths: the README states 1.1.
        let exposure = try await Command.run(analyze, "security", "--offline=true", "--threshold=11", file)
        #expect(exposure.status == 0, "\(exposure.output.suffix(300))")
    }
}
