import HealthChecks
import HealthCore
import Testing

@testable import HealthExporter

/// What a new configuration changes at once, and what after a restart.
struct ConfigurationReloadTests {
    private static func plan(_ old: String, _ new: String) throws -> ReloadPlan {
        let running = try ConfigurationText.load(old + ConfigurationText.check(""))
        let loaded = try ConfigurationText.load(new + ConfigurationText.check(""), replacing: running)
        return ReloadPlan(from: running, to: loaded)
    }

    @Test(arguments: ConfigurationKeys.limits.map(\.name))
    func everyChangedLimitNeedsARestart(key: String) throws {
        let value = key == "stall" ? "11s" : "10001"
        let plan = try Self.plan("", "limits: {\(key): \(key == "blocking_threads" ? "33" : value)}\n")
        #expect(plan.restartNeeded == ["limits.\(key)"] && plan.changed.isEmpty)
    }

    @Test func theLogLevelNeedsNone() throws {
        #expect(try Self.plan("", "logs: {level: debug}\n").restartNeeded.isEmpty)
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
        running.limits.series = 10
        let problems = ConfigurationText.problems(ConfigurationText.check(""), replacing: running)
        #expect(
            problems.count == 1 && problems[0].contains("limits.series allows; its new value counts"),
            "\(problems)"
        )
    }
}
