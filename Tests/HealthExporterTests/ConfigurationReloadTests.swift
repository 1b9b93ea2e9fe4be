import HealthChecks
import HealthCore
import Logging
import Testing

@testable import HealthExporter

/// What a new configuration changes at once, and what after a restart.
struct ConfigurationReloadTests {
    private static func plan(_ old: String, _ new: String) throws -> ReloadPlan {
        let running = try ConfigurationText.load(old + ConfigurationText.check(""))
        let loaded = try ConfigurationText.load(new + ConfigurationText.check(""), replacing: running)
        return ReloadPlan(from: running, to: loaded)
    }

    @Test(arguments: LimitsSettings.keys.map(\.name))
    func everyChangedLimitNeedsARestart(key: String) throws {
        let value = key == "stall" ? "11s" : "10001"
        let plan = try Self.plan("", "limits: {\(key): \(key == "blocking_threads" ? "33" : value)}\n")
        #expect(plan.restartNeeded == ["limits.\(key)"] && plan.changed.isEmpty)
    }

    @Test func theLogLevelNeedsNone() throws {
        #expect(try Self.plan("", "logs: {level: debug}\n").restartNeeded.isEmpty)
    }

    @Test(
        arguments: [
            ("service: {name: a}", "service.name"), ("web: {listen: 'h:1'}", "web.listen"),
            ("web: {details: never}", "web.details"), ("readiness: {unknown: degraded}", "readiness.unknown"),
            ("shutdown: {grace: 30s}", "shutdown.grace"), ("logs: {format: text}", "logs.format"),
            ("metrics: {labels: info}", "metrics.labels"), ("network: {allow: [10.0.0.1]}", "network.allow"),
        ]
    )
    func aChangedKeyOfASectionIsNamedByItsPath(text: String, path: String) throws {
        #expect(try Self.plan("", text + "\n").restartNeeded == [path])
    }

    @Test func whatNeedsARestartStaysAndTheRestIsApplied() throws {
        let running = try ConfigurationText.load(ConfigurationText.check(""))
        let text =
            "logs: {level: debug, format: text}\nlimits: {checks: 7}\n" + ConfigurationText.check("interval: 20s")
        let kept = try ConfigurationText.load(text, replacing: running).keepingRestartKeys(of: running)
        #expect(kept.settings.logs.level == .debug && kept.settings.logs.format == .json)
        #expect(kept.settings.limits == running.settings.limits)
        #expect(kept.settings.components.first?.value.checks.first?.value.timing.interval == .seconds(20))
    }

    @Test(arguments: [
        ("", "interval: 10s", true), ("interval: 10s", "interval: 10000ms", true), ("", "interval: 11s", false),
        ("", "tls: {}", false), ("dialogue: [{send: 'A'}]", "dialogue: [{send: '\\x41'}]", true),
    ])
    func aCheckGoesOnWhenItsSettingsAreEqual(old: String, new: String, goesOn: Bool) throws {
        let running = try ConfigurationText.load(ConfigurationText.check(old))
        let loaded = try ConfigurationText.load(ConfigurationText.check(new), replacing: running)
        #expect(ReloadPlan(from: running, to: loaded).unchanged == (goesOn ? 1 : 0))
    }

    @Test func aComponentThatSaysItsDefaultIsNotChanged() throws {
        let text = "components: {c: {#checks: {t: {kind: memory}}}}\n"
        let running = try ConfigurationText.load(text.replacing("#", with: ""))
        let loaded = try ConfigurationText.load(text.replacing("#", with: "startup: result, "), replacing: running)
        #expect(ReloadPlan(from: running, to: loaded).isEmpty)
        let changed = try ConfigurationText.load(text.replacing("#", with: "owner: x, "), replacing: running)
        #expect(ReloadPlan(from: running, to: changed).changed == ["c"])
    }

    @Test func aLimitThatIsRaisedCountsAfterARestart() throws {
        let running = try ConfigurationText.load("limits: {checks: 1}\n" + ConfigurationText.check(""))
        let two = "components: {c: {checks: {a: {kind: memory}, b: {kind: memory}}}}\n"
        func problems(_ limits: String) -> [String] { ConfigurationText.problems(limits + two, replacing: running) }
        let raised = problems("limits: {checks: 2}\n")
        #expect(raised.count == 1 && raised[0].contains("its new value counts after a restart"), "\(raised)")
        let same = problems("limits: {checks: 1}\n")
        #expect(same.count == 1 && same[0].contains("2 checks are more than limits.checks (1) allows"), "\(same)")
        #expect(ConfigurationText.problems("limits: {checks: 2}\n" + two).isEmpty)
    }

    @Test func aRaisedLimitOfSeriesCountsAfterARestartToo() throws {
        var running = try ConfigurationText.load(ConfigurationText.check(""))
        running.settings.limits.series = 10
        let problems = ConfigurationText.problems(ConfigurationText.check(""), replacing: running)
        #expect(
            problems.count == 1 && problems[0].contains("limits.series allows; its new value counts"),
            "\(problems)"
        )
    }
}
