import HealthCore
import HealthTesting
import Logging
import Synchronization
import Testing

@testable import HealthExporter

/// Stalls, from the counters to liveness and the log.
struct StallMonitorTests {
    /// Loops of which a test says which make progress.
    private struct Stage {
        let loops = ["scheduler", "log-writer"].map { ProgressCounter(name: $0) }
        let logs = LogRecorder()

        func monitor(whileAlive: @escaping @Sendable () -> Void = {}) -> StallMonitor {
            StallMonitor(
                progressCounters: loops,
                onlyWatched: ["log-writer"],
                bound: .seconds(2),
                now: .zero,
                logger: logs.logger(),
                whileAlive: whileAlive
            )
        }
    }

    /// Inspects four times a second, while some loops make progress.
    private func watch(
        _ monitor: StallMonitor,
        seconds: ClosedRange<Int>,
        advancing loops: [ProgressCounter] = []
    ) {
        let count = Int(1 / monitor.period.seconds)
        for number in (seconds.lowerBound * count)..<(seconds.upperBound * count) {
            for loop in loops { loop.advance() }
            monitor.inspect(at: .milliseconds((number + 1) * 1000 / count))
        }
    }

    @Test func aStalledLoopFailsLivenessUntilItMakesProgress() {
        let stage = Stage()
        let monitor = stage.monitor()
        watch(monitor, seconds: 0...10, advancing: stage.loops)
        #expect(monitor.stalled.isEmpty && stage.logs.lines.isEmpty)
        watch(monitor, seconds: 10...13, advancing: [stage.loops[1]])
        #expect(monitor.stalled == ["scheduler"])
        watch(monitor, seconds: 13...14, advancing: stage.loops)
        #expect(monitor.stalled.isEmpty)
        #expect(stage.logs.events == ["stall.detected", "probe.changed", "stall.ended", "probe.changed"])
        let lines = stage.logs.lines
        #expect(lines.map(\.level) == [.error, .warning, .notice, .notice])
        #expect(lines[0]["loop"] == "scheduler" && lines[0]["duration_seconds"] == "2.0", "\(lines[0])")
        #expect(lines[1]["status"] == "unhealthy" && lines[1]["reason"] == "stalled" && lines[1]["probe"] == "liveness")
        #expect(lines[3]["status"] == "healthy" && lines[3]["reason"] == nil)
    }

    @Test func aLoopThatIsOnlyWatchedIsLoggedAndFailsNothing() {
        let stage = Stage()
        let monitor = stage.monitor()
        watch(monitor, seconds: 0...5, advancing: [stage.loops[0]])
        #expect(monitor.stalled.isEmpty && stage.logs.events == ["stall.detected"])
        #expect(monitor.ages.map(\.name) == ["scheduler", "log-writer"])
        #expect(monitor.ages[0].age < .seconds(1) && monitor.ages[1].age >= .seconds(2))
    }

    @Test func theWatchdogOfSystemdIsFedWhileLivenessPasses() {
        let (stage, fed) = (Stage(), Counter())
        let monitor = stage.monitor { fed.increment() }
        watch(monitor, seconds: 0...1, advancing: stage.loops)
        #expect(fed.value == 10)
        watch(monitor, seconds: 1...10)
        let stalled = fed.value
        watch(monitor, seconds: 10...20)
        #expect(fed.value == stalled && stalled < 10 + 20)
    }

    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)

        var value: Int { count.load(ordering: .relaxed) }

        func increment() { count.add(1, ordering: .relaxed) }
    }

    @Test func theNamesAreThoseOfEveryLoopInOrder() {
        #expect(
            StallMonitor.names(eventLoops: 2) == [
                "cooperative-pool", "event-loop-0", "event-loop-1", "scheduler", "log-writer", "blocking-pool",
                "page-renderer",
            ]
        )
    }

    @Test func aTargetThatOwesAnAnswerIsSentNoFurtherRequest() {
        let (requests, answered) = (Counter(), ProgressCounter(name: "pool"))
        let pinger = Pinger([.init(progress: answered) { _ in requests.increment() }])
        for _ in 0..<5 { pinger.ping() }
        #expect(requests.value == 1)
        answered.advance()
        for _ in 0..<5 { pinger.ping() }
        #expect(requests.value == 2)
    }

    @Test func oneTargetThatHangsDoesNotKeepTheOthersFromAnswering() {
        let (slow, quick) = (ProgressCounter(name: "slow"), ProgressCounter(name: "quick"))
        let pinger = Pinger([.init(progress: slow) { _ in }, .init(progress: quick) { $0.advance() }])
        for _ in 0..<5 { pinger.ping() }
        #expect(slow.count == 0 && quick.count == 5)
    }
}
