import HealthCore
import HealthTesting
import Testing

@testable import HealthChecks

/// What runs are told when no thread is free.
@Suite(.timeLimit(.minutes(5)))
struct FullPoolTests {
    @Test func aCallCancelledWhileTheQueueDropsUnwantedCallsBlocksNobody() {
        func call(about subject: String?, _ isWanted: @escaping @Sendable () -> Bool) -> BlockingCall {
            .init(
                phases: BlockingPoolTests.phases(),
                subject: subject,
                begin: { true },
                isWanted: isWanted,
                work: {},
                abandon: {}
            )
        }
        let queries = Box(0)
        // Cancelled right after the first query.
        let cancelled = call(about: "disk /") {
            queries.update { $0 + 1 }
            return queries.value == 1
        }
        let (running, next) = (call(about: nil) { true }, call(about: "disk /") { true })
        var queue = BlockingQueue(threads: 1, capacity: 10, shortage: "")
        #expect([running, cancelled, next].map { queue.admit($0) } == [.runs, .waits, .waits])
        #expect(queue.blockedCount == 1)
        queue.removeUnwanted()
        let following = queue.finish(running, number: nil)
        #expect(following?.subject == "disk /" && queue.blockedCount == 0)
    }

    @Test(arguments: [
        (BlockingPurpose.files, "limits.blocking_threads"), (.names, "silent name servers"),
        (.patterns, "patterns on long texts"),
    ])
    func aFullPoolSaysWhichItIs(purpose: BlockingPurpose, advice: String) async throws {
        let (pool, release, begun) = (BlockingPool(threads: 1, for: purpose), Box(false), Box(0))
        let message = pool.full.message
        #expect(message.hasPrefix("all 1 threads for \(purpose) are busy") && message.contains(advice))
        let hung = Task {
            try await pool.run(BlockingPoolTests.phases(), BlockingPoolTests.hang(until: release, begun))
        }
        await BlockingPoolTests.wait { begun.value == 1 }
        let phases = BlockingPoolTests.phases()
        let waiting = Task { try await pool.run(phases) {} }
        await BlockingPoolTests.wait { phases.isBlocked }
        #expect(phases.shortage?.contains("\(purpose)") == true && phases.shortage?.contains(advice) == true)
        waiting.cancel()
        release.set(true)
        #expect(try await hung.value == 7)
    }

    @Test func filesOfTLSAreReadOnceAndOnAThreadForThat() async throws {
        let server = try await FaultServer(.closeAtOnce)
        let resources = KindRun.resources()
        let keys = [("address", SettingNode.text("127.0.0.1:\(server.port)"))]
        let check = try #require(KindRun.make("tls", keys, resources).check)
        func whileAllThreadsHang(_ body: () async throws -> Void) async throws {
            let (release, begun) = (Box(false), Box(0))
            let calls = (0..<resources.blockingPool.size).map { _ in
                Task {
                    try await resources.blockingPool.run(
                        BlockingPoolTests.phases(),
                        BlockingPoolTests.hang(until: release, begun)
                    )
                }
            }
            await BlockingPoolTests.wait { resources.blockingPool.busy == resources.blockingPool.size }
            try await body()
            release.set(true)
            for call in calls { _ = try await call.value }
        }
        try await whileAllThreadsHang {
            let context = NetworkStage.context()
            let run = Task { try await check.run(context) }
            // It waits for a thread of this process, which its deadline would report as internal; the handshake has not begun.
            await BlockingPoolTests.wait { context.phases.isBlocked }
            #expect(context.phases.current == nil && context.phases.shortage == resources.blockingPool.shortage)
            run.cancel()
            await #expect(throws: (any Error).self) { try await run.value }
        }
        // Which of the two the kernel says is a matter of moments.
        let ends: [FailureReason?] = [.closedEarly, .connectionReset]
        let read = try #require(await KindRun.run(check))
        #expect(ends.contains(read.reason), "\(read.message)")
        try await whileAllThreadsHang {
            let result = try #require(await KindRun.run(check))
            #expect(ends.contains(result.reason), "\(result.message)")
        }
        try await server.stop()
    }

    @Test func aRunThatNeverGotAThreadIsAnInternalError() async throws {
        let phases = PhaseTimer(time: ManualTime())
        phases.setBlocked(by: BlockingPurpose.files.shortage)
        let registration = Registration.make(schedule: Schedule(interval: .seconds(10), timeout: .seconds(1)))
        let evaluator = RunEvaluator(run: registration, traceID: TraceID(high: 0, low: 1), start: .zero)
        let evaluation = evaluator.evaluate(.deadline(at: .seconds(1)), phases: phases, timestamp: .newYear2026)
        guard case .result(let result) = evaluation else { preconditionFailure("a deadline is a result") }
        #expect(result.kind == .internal && result.reason == .internal)
        #expect(result.message.contains("files and databases hang, or limits.blocking_threads is too small"))
        let lateEvaluation = evaluator.evaluate(.deadline(at: .seconds(3)), phases: phases, timestamp: .newYear2026)
        guard case .result(let late) = lateEvaluation else { preconditionFailure("a deadline is a result") }
        #expect(late.kind == .internal && late.message.contains("this process was starved, give it more CPU"))
    }
}
