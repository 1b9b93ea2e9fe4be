import Foundation
import HealthChecks
import HealthCore
import HealthExporter
import Testing

/// What `check-config` says about a valid file.
struct ConfigurationReportTests {
    private static func report(_ text: String) throws -> ConfigurationReport {
        ConfigurationReport(
            try ConfigurationText.load(text),
            probe: .init(period: nil, timeout: nil, failures: nil),
            eventLoops: 1,
            now: Timestamp(nanosecondsSinceEpoch: 1_800_000_000 * 1_000_000_000)
        )
    }

    private static func warnings(_ text: String) throws -> [String] {
        try report(text).renderProblems().split(separator: "\n").map(String.init)
    }

    private static func exec(_ command: String) -> String {
        "components: {c: {checks: {plugin: {kind: exec, command: [\(command)]}}}}"
    }

    /// What one more component with one TCP check costs.
    @Test(
        arguments: [
            ("{profile: lean}", 20), ("{profile: lean, histograms: none}", 20), ("{}", 42), ("{histograms: none}", 29),
            ("{profile: full}", 56), ("{profile: full, histograms: none}", 43),
        ]
    )
    func aComponentHasAsManySeriesAsItsProfileSays(metrics: String, count: Int) throws {
        func series(_ components: Int) throws -> Int {
            let all = (0..<components).map { #"c\#($0): {checks: {a: {kind: tcp, address: "192.0.2.1:1"}}}"# }
            let text = try Self.report("metrics: \(metrics)\ncomponents: {\(all.joined(separator: ", "))}").render()
            let last = try #require(text.split(separator: "\n").last)
            return try #require(last.split(separator: " ").first.flatMap { Int($0) })
        }
        #expect(try series(2) - series(1) == count)
    }

    @Test(arguments: ["/bin/sh", "sh", "/usr/bin/env, sh"])
    func aCommandThatIsThereIsNoProblem(command: String) throws {
        #expect(try Self.warnings(Self.exec(command)).isEmpty)
    }

    @Test(
        arguments: [
            ("/nowhere/check_disk", "there is no command /nowhere/check_disk"),
            ("check_nobody_wrote", "there is no command check_nobody_wrote in /usr/local/sbin:"),
            ("/etc", "/etc is no file that could be executed"),
            ("/etc/passwd", "/etc/passwd is not executable"),
        ]
    )
    func aCommandThatCantBeStartedIsTold(command: String, problem: String) throws {
        let found = try Self.warnings(Self.exec(command))
        #expect(found.count == 1 && found[0].hasPrefix("c: warning: plugin: \(problem)"), "\(found)")
    }

    @Test func aHeartbeatIsUnknownUntilItBeats() throws {
        let text = try Self.report("components: {c: {checks: {t: {kind: heartbeat, within: 1h}}}}").render()
        #expect(
            text.contains(
                "  t: heartbeat, every 10s, timeout 2s; unknown while never beaten, at most 1h from the start; "
                    + "beats come from this machine only, for there is no `token`\n"
            )
        )
        #expect(text.contains("worst case from a failure to unhealthy: 1h20s\n"))
    }

    @Test func aHeartbeatWithATokenComesFromAnywhere() throws {
        let text = try Self.report("components: {c: {checks: {t: {kind: heartbeat, within: 1h, token: sesame}}}}")
            .render()
        #expect(text.contains("at most 1h from the start\n"))
    }

    @Test func aCommandFromASecretFileIsNotQuoted() throws {
        let secret = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("/nowhere/hunter2".utf8).write(to: secret)
        defer { try? FileManager.default.removeItem(at: secret) }
        let found = try Self.warnings(Self.exec("'${file:\(secret.path)}'"))
        #expect(found == ["c: warning: plugin: there is no command <secret>"])
    }

    @Test(
        arguments: [
            ("https://runbooks.example/db", true), ("http://Runbooks.EXAMPLE.:8080?x@y", true),
            ("https://www.example.com/db", true), ("https://example.org", true),
            ("https://wiki.corp/example", false), ("https://myexample.com/db", false),
            ("https://example.corp/db", false),
        ]
    )
    func aRunbookAtAnExamplesAddressIsTold(runbook: String, isTold: Bool) throws {
        let component = "components: {c: {runbook: \"\(runbook)\", checks: {m: {kind: memory}}}}"
        #expect(try Self.warnings(component).count { $0.contains("runbook \(runbook)") } == (isTold ? 1 : 0))
        let group = """
            components: {a: {checks: {m: {kind: memory}}}, b: {checks: {m: {kind: memory}}}}
            groups: {g: {members: [a, b], runbook: "\(runbook)"}}
            """
        #expect(try Self.warnings(group).count { $0.hasPrefix("g: warning: ") } == (isTold ? 1 : 0))
    }

    @Test func aRunbookWithAPasswordIsRefusedAndNotQuoted() {
        let problems = ConfigurationText.problems(
            "components: {c: {runbook: \"https://me:hunter2@wiki/x\", checks: {m: {kind: memory}}}}"
        )
        #expect(problems.count == 1 && problems.allSatisfy { $0.contains("runbook") && !$0.contains("hunter2") })
    }

    @Test(
        arguments: [
            ("{attempts: 3}", nil),
            ("{attempts: 4}", "retries wait up to 1s500ms, which leaves 500ms of the timeout (2s) for 5 tries"),
            ("{attempts: 2, backoff: 900ms, max_backoff: 900ms}", "leaves 200ms of the timeout (2s) for 3 tries"),
        ] as [(String, String?)]
    )
    func retriesThatLeaveNoTimeForTheTriesAreTold(retries: String, problem: String?) throws {
        let found = try Self.warnings(ConfigurationText.check("retries: \(retries)"))
        #expect(found.count == (problem == nil ? 0 : 1), "\(found)")
        if let problem { #expect(found.first?.contains(problem) == true, "\(found)") }
    }

    @Test func retriesWhoseWaitsFillTheTimeoutAreRefused() {
        let problems = ConfigurationText.problems(ConfigurationText.check("retries: {attempts: 5}"))
        #expect(problems.count == 1 && problems[0].contains("fill the timeout (2s)"), "\(problems)")
    }

    @Test func quietSaysNothingOfWhatIsFine() throws {
        let report = try Self.report("components: {c: {checks: {m: {kind: memory}}}}")
        #expect(report.renderProblems().isEmpty)
        #expect(report.render().contains("worst case from a failure to a 503"))
    }

    @Test func quietNamesWhatEachProblemIsAbout() throws {
        let report = try Self.report(
            """
            components:
              a: {startup: healthy, checks: {m: {kind: memory}}}
            maintenance: [{components: [all], from: 2020-01-01T00:00:00Z, until: 2020-01-02T00:00:00Z}]
            """
        )
        let lines = report.renderProblems().split(separator: "\n")
        #expect(lines.count == 2 && lines[0].hasPrefix("a: warning: `startup: healthy`"), "\(lines)")
        #expect(lines.last == "warning: a maintenance window was over at 2020-01-02T00:00:00.000Z")
        #expect(report.render().contains("\n  warning: `startup: healthy`"))
    }
}
