import HealthCore
import HealthTesting
import Testing

@testable import HealthChecks

/// Heartbeats of code in the same process, and queues that it registers.
struct HeartbeatTests {
    private static func run(_ check: some HealthCheck, _ time: ManualTime) async throws -> CheckReport {
        try await check.run(
            RunContext(traceID: TraceID(high: 0, low: 1), timeout: .seconds(1), phases: PhaseTimer(time: time))
        )
    }

    @Test func aClockThatIsNotSetYetDoesNotRewriteWhatIsRemembered() throws {
        let time = ManualTime(timestamp: Timestamp(nanosecondsSinceEpoch: 0))
        let heartbeat = Heartbeat(time: time)
        let report = Timestamp.newYear2026
        let old = RememberedState.Heartbeat(
            registered: report.advanced(by: .seconds(-60)),
            lastReport: report,
            status: "degraded",
            message: "slow"
        )
        heartbeat.restore(old)
        #expect(heartbeat.remembered == old)
        // Until then it counts as now, so that nobody is missed by 56 years.
        #expect(heartbeat.lastBeat?.moment == time.moment && heartbeat.registration.moment == time.moment)
    }

    @Test func silenceIsMeasuredFromTheLastBeat() async throws {
        let time = ManualTime()
        let heartbeat = Heartbeat(time: time)
        let check = HeartbeatCheck(heartbeat, degradedAfter: .seconds(10), unhealthyAfter: .seconds(20))
        heartbeat.beat()
        #expect(try await Self.run(check, time).verdict == .success)
        time.advance(by: .seconds(10))
        #expect(try await Self.run(check, time).verdict == .degraded(.heartbeatMissed))
        time.advance(by: .seconds(10))
        let missed = try await Self.run(check, time)
        #expect(missed.verdict == .failure(.heartbeatMissed) && missed.message.hasPrefix("the last heartbeat came at"))
        heartbeat.beat()
        #expect(try await Self.run(check, time).verdict == .success)
        heartbeat.beat(.degraded, message: "slow")
        let slow = try await Self.run(check, time)
        #expect(slow.verdict == .degraded(.notServing) && slow.message == "slow")
        heartbeat.beat(.unhealthy)
        #expect(try await Self.run(check, time).verdict == .failure(.notServing))
        time.advance(by: .seconds(20))
        // Silence outweighs what was said last.
        #expect(try await Self.run(check, time).verdict == .failure(.heartbeatMissed))
        #expect(try await Self.run(check, time).measured.map(\.measurement) == check.measurements)
    }

    @Test func beforeTheFirstBeatThereIsNothingToReportUntilItIsDue() async throws {
        let time = ManualTime()
        let registered = time.timestamp
        let heartbeat = Heartbeat(time: time)
        let check = HeartbeatCheck(heartbeat, degradedAfter: .seconds(10), unhealthyAfter: .seconds(20))
        func run() async throws -> CheckReport { try await Self.run(check, time) }
        time.advance(by: .seconds(9))
        let early = try await run()
        #expect(early.verdict == .pending && early.message.hasPrefix("never beaten"))
        #expect(early.measured.map(\.measurement.name) == ["health_heartbeat_due_timestamp_seconds"])
        #expect(early.measured.map(\.value) == [registered.advanced(by: .seconds(10)).seconds])
        time.advance(by: .seconds(1))
        #expect(try await run().verdict == .degraded(.heartbeatMissed))
        time.advance(by: .seconds(10))
        let missed = try await run()
        #expect(missed.verdict == .failure(.heartbeatMissed) && missed.message.hasPrefix("never beaten since"))
        #expect(missed.measured.count == 1)
        heartbeat.beat()
        let beaten = try await run()
        #expect(beaten.verdict == .success)
        #expect(
            beaten.measured.map(\.value) == [time.timestamp.seconds, time.timestamp.advanced(by: .seconds(10)).seconds]
        )
    }

    @Test func theWorstCaseBeginsWithTheSilenceThatIsAllowed() {
        let heartbeat = Heartbeat(time: ManualTime())
        let pair = HeartbeatCheck(heartbeat, degradedAfter: .seconds(10), unhealthyAfter: .seconds(20))
        #expect(pair.detectionDelay == .seconds(20))
        #expect(RedactedCheck(pair, Redaction(["x"])).detectionDelay == .seconds(20))
        #expect(ScriptedMessage().detectionDelay == .zero)
    }

    @Test func aLongMessageIsCut() throws {
        let heartbeat = Heartbeat(clock: ManualClock(), wallClock: FixedClock())
        heartbeat.beat(.healthy, message: String(repeating: "ä", count: 5000))
        #expect(try #require(heartbeat.lastBeat).message.utf8.count <= Heartbeat.maximumMessageBytes)
    }

    private struct FixedClock: WallClock {
        var now: Timestamp { Timestamp(nanosecondsSinceEpoch: 0) }
    }

    @Test func queuesOfCodeAreJudged() async throws {
        let queues = RuntimeQueues()
        let depth = Box(0)
        queues.register("mail") { depth.value }
        var configuration = CheckResources.Configuration { _ in nil }
        configuration.queues = queues
        let resources = CheckResources(
            configuration: configuration,
            group: KindRun.resources().group,
            time: ManualTime()
        )
        let pair = SettingNode.map(
            [("degraded", "10"), ("unhealthy", "100")].map { .init(key: $0, position: .start, value: .text($1)) },
            .start
        )
        func made(_ name: String) -> (check: (any HealthCheck)?, problems: [String]) {
            KindRun.make(
                "runtime",
                [("queues", .map([.init(key: name, position: .start, value: pair)], .start))],
                resources
            )
        }
        let unknown = made("post").problems
        #expect(unknown.count == 1 && unknown[0].contains("registered: mail"))
        let check = try #require(made("mail").check)
        for (value, expected) in [(0, ResultKind.success), (10, .degraded), (100, .failure)] {
            depth.set(value)
            let result = try #require(await KindRun.run(check))
            #expect(result.kind == expected)
            #expect(result.details == [CheckReport.Detail("queue mail", "\(value)")])
            #expect(result.measured.last?.measurement.name == "health_runtime_queue_mail_depth")
            #expect(result.measured.last?.value == Double(value))
            #expect(result.measured.map(\.measurement) == check.measurements)
            if expected != .success {
                #expect(
                    result.message.hasPrefix("the queue mail holds \(value), event loops lag ")
                        && result.reason == .threshold
                )
            }
        }
    }

    @Test func secretsAreTakenOutOfWhatIsShown() async throws {
        let secret = SettingNode.text("open sesame")
        let node = SettingNode.map(
            [
                .init(key: "password", position: .start, value: secret),
                .init(key: "url", position: .start, value: .text("redis://h")),
            ],
            .start
        )
        let redaction = Redaction(of: node, keys: RedisCheck.kind.keys)
        let check = RedactedCheck(ScriptedMessage(), redaction)
        let report = try await Self.run(check, ManualTime())
        #expect(report.message == "said <secret>, <secret>" && report.details == [.init("<secret>", "redis://h")])
        #expect(Redaction(["abc", ""]).isEmpty)
    }

    @Test func whatAFileHoldsIsSecretLineByLineAndByItself() {
        var address = SettingScalar("http://alice-in-a-file/x")
        address.fileTexts = ["alice-in-a-file"]
        let node = SettingNode.map(
            [
                .init(key: "url", position: .start, value: .scalar(address, .start)),
                .init(key: "password", position: .start, value: .text("first line\n  second line \n")),
            ],
            .start
        )
        let redaction = Redaction(of: node, keys: RedisCheck.kind.keys)
        #expect(redaction("no such host: alice-in-a-file") == "no such host: <secret>")
        #expect(redaction("said second line") == "said <secret>")
        #expect(redaction("first line") == "<secret>")
    }

    @Test func aNewConfigurationIsNoBeat() {
        let (time, beat) = (ManualTime(), ManualTime())
        let old = HeartbeatCheck(Heartbeat(time: time), unhealthyAfter: .seconds(5))
        let new = HeartbeatCheck(Heartbeat(time: beat), unhealthyAfter: .seconds(9)).continuing(old)
        #expect(new.heartbeat === old.heartbeat && new.within.unhealthy == .seconds(9))
    }

    private struct ScriptedMessage: HealthCheck {
        func run(_ context: RunContext) async throws -> CheckReport {
            CheckReport(.success, "said open sesame, open sesame", details: [.init("open sesame", "redis://h")])
        }
    }
}
