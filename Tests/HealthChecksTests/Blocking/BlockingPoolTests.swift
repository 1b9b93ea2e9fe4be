import HealthCore
import HealthTesting
import Platform
import Testing

@testable import HealthChecks

/// Calls that hang keep one thread each.
@Suite(.timeLimit(.minutes(5)))
struct BlockingPoolTests {
    private struct FixedClock: WallClock {
        var now: Timestamp { Timestamp(nanosecondsSinceEpoch: 0) }
    }

    static func phases() -> PhaseTimer { PhaseTimer(time: ManualTime()) }

    /// Work that hangs until it is let go.
    static func hang(until release: Box<Bool>, _ begun: Box<Int>) -> @Sendable () -> Int {
        {
            begun.set(begun.value + 1)
            while !release.value { usleep(1000) }
            return 7
        }
    }

    static func wait(until isTrue: () -> Bool) async {
        while !isTrue() { try? await Task.sleep(for: .milliseconds(1)) }
    }

    @Test func aCancelledRunWaitsForItsThread() async throws {
        let (pool, release, begun, hasReturned) = (BlockingPool(threads: 2), Box(false), Box(0), Box(false))
        let run = Task {
            defer { hasReturned.set(true) }
            return try await pool.run(Self.phases(), Self.hang(until: release, begun))
        }
        await Self.wait { begun.value == 1 }
        run.cancel()
        // Another call begins and ends meanwhile.
        #expect(try await pool.run(Self.phases()) { 1 } == 1)
        await Self.wait { pool.busy == 1 }
        #expect(!hasReturned.value)
        release.set(true)
        #expect(try await run.value == 7)
    }

    @Test func aCallThatHasNotBegunIsCancelledAtOnce() async throws {
        let (pool, release, begun) = (BlockingPool(threads: 1), Box(false), Box(0))
        let first = Task { try await pool.run(Self.phases(), Self.hang(until: release, begun)) }
        await Self.wait { begun.value == 1 }
        let (phases, hasRun) = (Self.phases(), Box(false))
        let second = Task { try await pool.run(phases) { hasRun.set(true) } }
        await Self.wait { phases.isBlocked }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        release.set(true)
        #expect(try await first.value == 7)
        #expect(try await pool.run(Self.phases()) { 1 } == 1)
        #expect(!hasRun.value)
    }

    @Test func fortyRunsAboutTheSameHungFileTakeOneThread() async throws {
        let (pool, release, begun) = (BlockingPool(threads: 4), Box(false), Box(0))
        let hung = Task { try await pool.run(Self.phases(), about: "file /mnt/x", Self.hang(until: release, begun)) }
        await Self.wait { begun.value == 1 }
        for number in 1...40 {
            let phases = Self.phases()
            let run = Task { try await pool.run(phases, about: "file /mnt/x", Self.hang(until: release, begun)) }
            // It is the target that holds it up: its deadline says `timeout`, not `internal`.
            await Self.wait { pool.blockedCount == number }
            #expect(!phases.isBlocked)
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(try await pool.run(Self.phases(), about: "file /other") { 1 } == 1)
        }
        await Self.wait { pool.busy == 1 }
        #expect(begun.value == 1)
        release.set(true)
        #expect(try await hung.value == 7)
        #expect(try await pool.run(Self.phases(), about: "file /mnt/x") { 2 } == 2)
    }

    @Test func anAbandonedCallDoesNotKeepTheProcessFromEnding() async throws {
        let (pool, release, begun) = (BlockingPool(threads: 1), Box(false), Box(0))
        let run = Task { try await pool.run(Self.phases(), Self.hang(until: release, begun)) }
        await Self.wait { begun.value == 1 }
        pool.abandonCalls()
        await #expect(throws: CancellationError.self) { try await run.value }
        let late = await #expect(throws: CheckFailure.self) { try await pool.run(Self.phases()) { 1 } }
        #expect(late?.reason == .internal)
        release.set(true)
    }

    @Test func callsThatWaitAreCancelledWhenCallsAreAbandoned() async throws {
        let (pool, release, begun, hasRun) = (BlockingPool(threads: 1), Box(false), Box(0), Box(false))
        let (queued, behind) = (Self.phases(), Self.phases())
        let hung = Task { try await pool.run(Self.phases(), about: "a", Self.hang(until: release, begun)) }
        await Self.wait { begun.value == 1 }
        let others = [(queued, "b"), (behind, "a")].map { phases, subject in
            Task { try await pool.run(phases, about: subject) { hasRun.set(true) } }
        }
        await Self.wait { queued.isBlocked && pool.blockedCount == 1 }
        pool.abandonCalls()
        await #expect(throws: CancellationError.self) { try await hung.value }
        for other in others { await #expect(throws: CancellationError.self) { try await other.value } }
        release.set(true)
        await Self.wait { pool.busy == 0 }
        #expect(!hasRun.value)
    }

    @Test func aCallThatReturnsWhenItIsAbandonedFreesItsThreadOnce() async throws {
        for _ in 0..<100 {
            let (pool, release, begun) = (BlockingPool(threads: 2), Box(false), Box(0))
            let run = Task {
                try await pool.run(Self.phases()) {
                    begun.set(1)
                    while !release.value {}
                    return 7
                }
            }
            await Self.wait { begun.value == 1 }
            release.set(true)
            pool.abandonCalls()
            let value = try? await run.value
            #expect(value == nil || value == 7)
            await Self.wait { pool.busy == 0 }
        }
    }

    @Test func callsAboutTheSameComeOneAfterTheOther() async throws {
        let (pool, atOnce, most) = (BlockingPool(threads: 4), Box(0), Box(0))
        let sum = try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 0..<50 {
                group.addTask {
                    try await pool.run(Self.phases(), about: "disk /") {
                        atOnce.update { $0 + 1 }
                        // Long enough for another thread to come in between.
                        usleep(200)
                        most.update { max($0, atOnce.value) }
                        atOnce.update { $0 - 1 }
                        return number
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 1225 && most.value == 1)
        await Self.wait { pool.busy == 0 }
    }

    /// A check whose call hangs, as one on a mount without its server.
    private struct HangingCheck: HealthCheck {
        let pool: BlockingPool
        let work: @Sendable () -> Int

        func run(_ context: RunContext) async throws -> CheckReport {
            _ = try await pool.run(context.phases, work)
            return CheckReport(.success)
        }
    }

    @Test func aCallThatHangsIsATimeoutAndItsRunIsOverdueUntilItReturns() async throws {
        let (resources, release, begun) = (KindRun.resources(), Box(false), Box(0))
        let check = HangingCheck(pool: resources.blockingPool, work: Self.hang(until: release, begun))
        let hasReturned = Box(false)
        let published = Box<RunResult?>(nil)
        let registration = Registration(
            id: CheckID(component: "c", check: "k"),
            kind: "hanging",
            check: check,
            schedule: Schedule(interval: .seconds(1), timeout: .milliseconds(300))
        )
        let timeline = Timeline(clock: ContinuousClock(), wallClock: FixedClock())
        let run = Task {
            await CheckRunner(timeline: timeline)(
                .init(registration: registration, traceID: TraceID(high: 0, low: 1)) { published.set($0) }
            )
            hasReturned.set(true)
        }
        await Self.wait { published.value != nil }
        #expect(published.value?.kind == .timeout || published.value?.kind == .internal)
        #expect(!hasReturned.value && resources.blockingPool.busy == 1)
        let other = try #require(KindRun.make("file", [("path", .text("/etc/passwd"))], resources).check)
        #expect(await KindRun.run(other)?.kind == .success)
        // The server is back: the call returns, and so does the run.
        release.set(true)
        await run.value
        #expect(hasReturned.value)
        await Self.wait { resources.blockingPool.busy == 0 }
    }

    @Test func theFirstCallsMayComeAllAtOnce() async throws {
        for _ in 0..<20 {
            let pool = BlockingPool(threads: 2)
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 { group.addTask { try await pool.run(PhaseTimer(time: ManualTime())) { number } } }
                return try await group.reduce(0, +)
            }
            #expect(sum == 1225)
        }
    }
}
