import HealthCore
import HealthTesting
import Testing

@testable import HealthChecks

/// One token for many runs: when it is fetched, and by whom.
@Suite(.timeLimit(.minutes(5)))
struct AccessTokenSourceTests {
    private let time = ManualTime()

    /// A source whose tokens are numbered.
    private func source(seconds: Double?, _ count: Box<Int> = Box(0)) -> AccessTokenSource {
        AccessTokenSource(time: time) { [time] previous, _ in
            count.update { $0 + 1 }
            return AccessToken("token-\(count.value)", seconds: seconds, since: time.moment, previous: previous)
        }
    }

    @Test(
        arguments: [
            // A tenth of its life, and at most 30 s, are left when it is replaced.
            (3600, 3569, 3570), (100, 89, 90), (10, 8, 9),
        ] as [(Double, Int, Int)]
    )
    func aTokenIsUsedUntilShortlyBeforeItsEnd(life: Double, isUsed: Int, isReplaced: Int) async throws {
        let source = source(seconds: life)
        let context = NetworkStage.context()
        #expect(try await source.token(context).value == "token-1")
        time.advance(to: .zero.advanced(by: .seconds(isUsed)))
        #expect(try await source.token(context).value == "token-1")
        time.advance(to: .zero.advanced(by: .seconds(isReplaced)))
        #expect(try await source.token(context).value == "token-2")
        #expect(context.phases.peer == nil)
    }

    @Test(arguments: [(nil, 1), (0, 3), (-5, 3), (1e300, 1), (.infinity, 1)] as [(Double?, Int)])
    func aLifeMayBeUnknownShortOrLong(seconds: Double?, fetches: Int) async throws {
        let count = Box(0)
        let source = source(seconds: seconds, count)
        for _ in 0..<3 {
            _ = try await source.token(NetworkStage.context())
            time.advance(by: .seconds(86_400))
        }
        #expect(count.value == fetches)
    }

    @Test func manyRunsShareOneFetch() async throws {
        let (count, gate) = (Box(0), FirstResult<Void>())
        let source = AccessTokenSource(time: time) { _, _ in
            count.update { $0 + 1 }
            try await gate.value()
            return AccessToken("shared", seconds: 60, since: .zero)
        }
        try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { try await source.token(NetworkStage.context()).value } }
            while source.waiterCount < 49 { await Task.yield() }
            gate.set(.success(()))
            for try await value in group { #expect(value == "shared") }
        }
        #expect(count.value == 1)
    }

    @Test func aFailureIsOneForAllThatWaitAndTheNextRunTriesAgain() async throws {
        let (count, gate) = (Box(0), FirstResult<Void>())
        let source = AccessTokenSource(time: time) { _, _ in
            count.update { $0 + 1 }
            if count.value == 1 { try await gate.value() }
            return AccessToken("late", seconds: 60, since: .zero)
        }
        let failures = await withTaskGroup(of: FailureReason?.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    await NetworkStage.failure { _ = try await source.token(NetworkStage.context()) }?.reason
                }
            }
            while source.waiterCount < 2 { await Task.yield() }
            gate.set(.failure(CheckFailure(.authentication, "no")))
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(failures == [.authentication, .authentication, .authentication])
        #expect(try await source.token(NetworkStage.context()).value == "late" && count.value == 2)
    }

    @Test func whenTheRunThatFetchesIsCancelledAnotherTakesOver() async throws {
        let count = Box(0)
        let source = AccessTokenSource(time: time) { _, _ in
            count.update { $0 + 1 }
            if count.value == 1 { try await Task.sleep(for: .seconds(600)) }
            return AccessToken("second", seconds: 60, since: .zero)
        }
        let first = Task { try await source.token(NetworkStage.context()) }
        while count.value < 1 { await Task.yield() }
        let second = Task { try await source.token(NetworkStage.context()).value }
        let third = Task { try await source.token(NetworkStage.context()).value }
        while source.waiterCount < 2 { await Task.yield() }
        // One that waits may give up by itself.
        third.cancel()
        await #expect(throws: CancellationError.self) { try await third.value }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try await second.value == "second" && count.value == 2)
    }

    /// A source whose endpoint gives one token, for a hundred seconds, and then fails.
    private func failingSource(_ count: Box<Int>) -> AccessTokenSource {
        AccessTokenSource(time: time) { [time] _, _ in
            count.update { $0 + 1 }
            if count.value > 1 { throw CheckFailure(.authentication, "no") }
            return AccessToken("only", seconds: 100, since: time.moment)
        }
    }

    @Test func whenTheEndpointFailsATokenIsUsedToItsEnd() async throws {
        let (count, context) = (Box(0), NetworkStage.context())
        let source = failingSource(count)
        _ = try await source.token(context)
        time.advance(by: .seconds(95))
        #expect(try await source.token(context).value == "only" && count.value == 2 && context.phases.peer == nil)
        time.advance(by: .seconds(5))
        let failure = await NetworkStage.failure { _ = try await source.token(context) }
        #expect(failure?.reason == .authentication && context.phases.peer == "the token endpoint")
    }

    @Test func aTargetThatRefusesAllTokensTakesThemFromNobodyElse() async throws {
        let (count, context) = (Box(0), NetworkStage.context())
        let source = failingSource(count)
        let first = try await source.token(context)
        time.advance(by: .seconds(40))
        let failure = await NetworkStage.failure { _ = try await source.token(insteadOf: first, context) }
        #expect(failure?.reason == .authentication && count.value == 2)
        #expect(try await source.token(context).value == "only" && count.value == 2)
    }

    @Test func aRefusedTokenIsReplacedOnceItIsOldEnough() async throws {
        let count = Box(0)
        let source = source(seconds: 3600, count)
        let context = NetworkStage.context()
        let first = try await source.token(context)
        #expect(try await source.token(insteadOf: first, context) == nil && count.value == 1)
        time.advance(by: AccessTokenSource.leastAge)
        let second = try #require(try await source.token(insteadOf: first, context))
        #expect(second.value == "token-2")
        // Another run that was refused with the first one is given the second.
        #expect(try await source.token(insteadOf: first, context)?.value == "token-2" && count.value == 2)
        // What was sent before is still hidden.
        #expect(second.redaction("token-1 token-2 token-3") == "<secret> <secret> token-3")
    }
}
