import HealthCore
import Testing

@testable import HealthChecks

/// Who waits when no thread is free, and what is said of it.
@Suite(.timeLimit(.minutes(5)))
struct FullPoolTests {
    @Test func whoGivesUpWhileTheQueueIsTidiedHoldsUpNobody() {
        func job(about subject: String?, _ isWanted: @escaping @Sendable () -> Bool) -> BlockingPool.Job {
            .init(
                phases: BlockingPoolTests.phases(),
                subject: subject,
                begin: { true },
                isWanted: isWanted,
                work: {},
                abandon: {}
            )
        }
        let asked = Box(0)
        // Given up right after it was first looked at.
        let fickle = job(about: "disk /") {
            asked.update { $0 + 1 }
            return asked.value == 1
        }
        let (running, next) = (job(about: nil) { true }, job(about: "disk /") { true })
        var state = BlockingPool.State()
        let queued = [running, fickle, next].map { state.mayQueue($0) && state.takeThread(of: 1, $0) }
        #expect(queued == [true, false, false] && state.behindCount == 1)
        state.forgetUnwanted(heldUpBy: "")
        let following = state.finish(running, nil, heldUpBy: "")
        #expect(following?.subject == "disk /" && state.behindCount == 0)
    }

    @Test(arguments: [
        (BlockingPool.Purpose.files, "limits.blocking_threads"), (.names, "silent name servers"),
        (.patterns, "patterns on long texts"),
    ])
    func aFullPoolSaysWhichItIs(purpose: BlockingPool.Purpose, advice: String) async throws {
        let (pool, release, begun) = (BlockingPool(threads: 1, for: purpose), Box(false), Box(0))
        let message = pool.stuck.message
        #expect(message.hasPrefix("all 1 threads for \(purpose) are busy") && message.contains(advice))
        let hung = Task {
            try await pool.run(BlockingPoolTests.phases(), BlockingPoolTests.hang(until: release, begun))
        }
        await BlockingPoolTests.wait { begun.value == 1 }
        let phases = BlockingPoolTests.phases()
        let waiting = Task { try await pool.run(phases) {} }
        await BlockingPoolTests.wait { phases.isHeldUp }
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
            let result = try #require(await KindRun.run(check, timeout: .milliseconds(300)))
            #expect(result.outcome == .internal, "\(result.message)")
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
}
