import HealthCore
import HealthTesting
import Synchronization
import Testing

@testable import HealthExporter

/// `once`: every check one time.
struct OneTimeRunTests {
    /// Runs checks with these scripts once, in virtual time; returns the report and when it came.
    private static func run(
        _ scripts: [String: ScriptedCheck.Behaviour],
        runsInFlight: Int = 100
    ) throws -> (health: HealthSnapshot, at: Moment)? {
        let simulation = Simulation()
        let timeline = simulation.timeline()
        var configuration = ExporterConfiguration()
        configuration.settings.limits.runsInFlight = runsInFlight
        for (name, behaviour) in scripts.sorted(by: { $0.key < $1.key }) {
            let check = ScriptedCheck([behaviour], on: simulation.clock)
            try configuration.registry.add(.make(name, checks: [.make("\(name)/a", check: check)]))
        }
        let report = Report()
        let run = OneTimeRun(configuration: configuration, timeline: timeline)
        simulation.spawn {
            await run.run { health, _ in report.value.withLock { $0 = $0 ?? (health, timeline.moment) } }
        }
        simulation.run(until: .seconds(60))
        simulation.end()
        return report.value.withLock { $0 }
    }

    private final class Report: Sendable {
        let value = Mutex<(health: HealthSnapshot, at: Moment)?>(nil)
    }

    @Test func everyCheckHasAResultAndTheVerdictIsTheirs() throws {
        let report = try #require(
            try Self.run([
                "a": .report(.success, after: .milliseconds(10)), "b": .failure(.connectRefused, after: .seconds(1)),
                "c": .report(.degraded(.threshold), after: .milliseconds(5)),
            ])
        )
        #expect(report.health.components.map(\.state.status) == [.healthy, .unhealthy, .degraded])
        #expect(report.health.verdict.service == .unhealthy)
        #expect(report.at == .seconds(1), "as long as the slowest takes")
    }

    @Test func aCheckThatHangsHasTimedOutAndIsNotWaitedFor() throws {
        let report = try #require(
            try Self.run([
                "a": .ignoringCancellation(for: .seconds(50)), "b": .report(.success, after: .milliseconds(10)),
            ])
        )
        #expect(report.at == .seconds(2), "the deadline of the one that hangs")
        #expect(report.health.components.map(\.state.status) == [.unhealthy, .healthy])
    }

    @Test func noMoreRunThanMayBeInFlight() throws {
        let scripts = Dictionary(
            uniqueKeysWithValues: (0..<6).map {
                ("c\($0)", ScriptedCheck.Behaviour.report(.success, after: .seconds(1)))
            }
        )
        #expect(try Self.run(scripts, runsInFlight: 2)?.at == .seconds(3))
        #expect(try Self.run(scripts, runsInFlight: 6)?.at == .seconds(1))
    }

    @Test func withoutChecksTheReportComesAtOnce() throws {
        let report = try #require(try Self.run([:]))
        #expect(report.at == .zero && report.health.components.isEmpty)
    }
}
