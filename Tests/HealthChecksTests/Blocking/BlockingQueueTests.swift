import HealthCore
import HealthTesting
import Testing

@testable import HealthChecks

/// Which blocking calls run, wait and are refused, without threads.
struct BlockingQueueTests {
    /// A call whose waiter may go away.
    private static func call(
        about subject: String? = nil,
        phases: PhaseTimer = PhaseTimer(time: ManualTime()),
        isWanted: @escaping @Sendable () -> Bool = { true }
    ) -> BlockingCall {
        BlockingCall(
            phases: phases,
            subject: subject,
            begin: isWanted,
            isWanted: isWanted,
            work: {},
            abandon: {}
        )
    }

    private static func queue(threads: Int = 1, capacity: Int = 10) -> BlockingQueue {
        BlockingQueue(threads: threads, capacity: capacity, shortage: "no thread")
    }

    @Test(arguments: [1, 2, 5])
    func asManyCallsRunAsThereAreThreads(threads: Int) {
        var queue = Self.queue(threads: threads)
        let admissions = (0..<(threads + 2)).map { _ in queue.admit(Self.call()) }
        #expect(admissions == Array(repeating: .runs, count: threads) + [.waits, .waits])
        #expect(queue.busy == threads)
    }

    @Test func aCallThatReturnsHandsItsThreadToTheFirstThatWaits() {
        var queue = Self.queue()
        let calls = ["a", "b", "c"].map { Self.call(about: $0) }
        for call in calls { _ = queue.admit(call) }
        let second = queue.finish(calls[0], number: queue.begin(calls[0]))
        #expect(second?.subject == "b" && queue.busy == 1)
        let third = queue.finish(calls[1], number: nil)
        #expect(third?.subject == "c" && queue.busy == 1)
        #expect(queue.finish(calls[2], number: nil) == nil && queue.busy == 0)
    }

    @Test func aCallAboutASubjectUnderWayWaitsThoughThreadsAreFree() {
        var queue = Self.queue(threads: 4)
        let phases = PhaseTimer(time: ManualTime())
        let first = Self.call(about: "disk /")
        #expect(queue.admit(first) == .runs)
        #expect(queue.admit(Self.call(about: "disk /", phases: phases)) == .waits)
        #expect(queue.admit(Self.call(about: "disk /var")) == .runs)
        // Its target blocks it, not this process.
        #expect(queue.blockedCount == 1 && phases.shortage == nil)
        #expect(queue.finish(first, number: nil)?.subject == "disk /")
        #expect(queue.blockedCount == 0 && phases.shortage == "no thread")
    }

    @Test func aSubjectIsFreeOnceNoCallAboutItIsLeft() {
        var queue = Self.queue(threads: 2)
        let first = Self.call(about: "disk /")
        _ = queue.admit(first)
        #expect(queue.finish(first, number: nil) == nil)
        #expect(queue.admit(Self.call(about: "disk /")) == .runs)
    }

    @Test func callsThatNobodyWaitsForAreSkipped() {
        var queue = Self.queue()
        let running = Self.call(about: "a")
        _ = queue.admit(running)
        _ = queue.admit(Self.call(about: "a") { false })
        _ = queue.admit(Self.call(about: "b") { false })
        _ = queue.admit(Self.call(about: "c"))
        #expect(queue.finish(running, number: nil)?.subject == "c")
        // Neither subject is under way any more.
        #expect(queue.blockedCount == 0)
    }

    @Test func aCallThatIsNoLongerWantedDoesNotBegin() {
        var queue = Self.queue()
        let call = Self.call { false }
        _ = queue.admit(call)
        #expect(queue.begin(call) == nil)
    }

    @Test func moreCallsThanTheCapacityAreRefused() {
        var queue = Self.queue(capacity: 3)
        let subjects: [String?] = ["a", "a", nil, nil, nil, "a"]
        let admissions = subjects.map { queue.admit(Self.call(about: $0)) }
        #expect(admissions == [.runs, .waits, .waits, .waits, .refused, .refused])
    }

    @Test func aFullQueueDropsWhatNobodyWaitsForBeforeItRefuses() {
        var queue = Self.queue(capacity: 2)
        let isWanted = Box(true)
        _ = queue.admit(Self.call(about: "a"))
        _ = queue.admit(Self.call(about: "a") { isWanted.value })
        _ = queue.admit(Self.call { isWanted.value })
        #expect(queue.admit(Self.call()) == .refused)
        isWanted.set(false)
        #expect(queue.admit(Self.call()) == .waits && queue.admit(Self.call()) == .waits)
        #expect(queue.admit(Self.call()) == .refused)
    }

    @Test func aClosedQueueReturnsAllItsCallsAndAdmitsNone() {
        var queue = Self.queue()
        let calls = ["a", "a", "b"].map { Self.call(about: $0) }
        for call in calls { _ = queue.admit(call) }
        let number = queue.begin(calls[0])
        #expect(number != nil)
        #expect(queue.close().compactMap(\.subject).sorted() == ["a", "a", "b"])
        #expect(queue.admit(Self.call()) == .refused && queue.begin(calls[2]) == nil)
        #expect(queue.finish(calls[0], number: number) == nil && queue.busy == 0)
    }

    @Test func aCallBeginsOrIsCancelledButNotBoth() {
        let begun = BlockingCall.Lifecycle()
        #expect(begun.begin() && !begun.cancel() && !begun.isCancelled && !begun.begin())
        let cancelled = BlockingCall.Lifecycle()
        #expect(cancelled.cancel() && !cancelled.begin() && cancelled.isCancelled && !cancelled.cancel())
    }
}

/// The first of several results.
struct FirstResultTests {
    @Test func aResultThatComesBeforeTheWaitIsDelivered() async throws {
        let result = FirstResult<Int>()
        #expect(!result.isSet)
        result.set(.success(1))
        result.set(.success(2))
        #expect(result.isSet)
        #expect(try await result.value() == 1)
        result.set(.success(3))
        #expect(result.isSet)
    }

    @Test func aFailureThatComesWithinTheWaitIsThrown() async {
        let result = FirstResult<Int>()
        async let value = result.value()
        result.set(.failure(CheckFailure(.error, "first")))
        result.set(.success(2))
        do {
            let value = try await value
            Issue.record("\(value) is not the first result")
        } catch {
            #expect((error as? CheckFailure)?.message == "first")
        }
    }

    @Test func oneOfManyThatSetAtOnceWins() async throws {
        for _ in 0..<20 {
            let result = FirstResult<Int>()
            await withTaskGroup { group in
                for number in 0..<8 { group.addTask { result.set(.success(number)) } }
            }
            #expect(try await (0..<8).contains(result.value()))
        }
    }
}
