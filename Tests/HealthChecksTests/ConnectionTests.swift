import HealthCore
import HealthTesting
import NIOCore
import Testing

@testable import HealthChecks

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Threads, names and patterns.
struct ConnectionTests {
    @Test func aPoolReturnsAtOnceWhenCancelledThoughItsThreadIsStuck() async throws {
        let pool = BlockingPool(threads: 1)
        let (started, release) = (AsyncStream<Void>.makeStream(), Box(false))
        let phases = PhaseTimer(time: ManualTime())
        let run = Task {
            try await pool.run(phases) {
                started.continuation.yield(())
                while !release.value { usleep(1000) }
            }
        }
        for await _ in started.stream { break }
        #expect(pool.busyRatio == 1 && !phases.isHeldUp)
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(pool.busyRatio == 1)

        let waiting = PhaseTimer(time: ManualTime())
        let second = Task { try await pool.run(waiting) { 7 } }
        while !waiting.isHeldUp { await Task.yield() }
        release.set(true)
        #expect(try await second.value == 7)
    }

    @Test func manyMayCallForTheFirstThreadsAtOnce() async throws {
        for _ in 0..<20 {
            let pool = BlockingPool(threads: 2)
            let sum = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<50 { group.addTask { try await pool.run(PhaseTimer(time: ManualTime())) { number } } }
                return try await group.reduce(0, +)
            }
            #expect(sum == 1225)
        }
    }

    @Test func aRunThatNeverGotAThreadIsTheExportersOwnTrouble() async throws {
        let phases = PhaseTimer(time: ManualTime())
        phases.setHeldUp(true)
        let registration = Registration.make(schedule: Schedule(interval: .seconds(10), timeout: .seconds(1)))
        let judge = RunJudge(run: registration, traceID: TraceID(high: 0, low: 1), start: .zero)
        let result = judge.result(of: .deadline(at: .seconds(1)), phases: phases, timestamp: .newYear2026)
        #expect(result.outcome == .internal && result.reason == .internal)
    }

    @Test(
        arguments: [
            ("127.0.0.1", .auto, ["127.0.0.1"]), ("::1", .v6, ["::1"]), ("localhost", .v4, ["127.0.0.1"]),
        ] as [(String, IPVersion, [String])]
    )
    func resolves(host: String, version: IPVersion, expected: [String]) async throws {
        let resolver = Resolver(pool: BlockingPool(threads: 1))
        let addresses = try await resolver.addresses(of: host, port: 80, version, PhaseTimer(time: ManualTime()))
        #expect(addresses.compactMap(\.ipAddress) == expected && addresses.allSatisfy { $0.port == 80 })
    }

    @Test func namesThatDoNotExistAreNotFound() async throws {
        let resolver = Resolver(pool: BlockingPool(threads: 1))
        let failure = await #expect(throws: CheckFailure.self) {
            try await resolver.addresses(of: "no-such-host.invalid", port: 80, .auto, PhaseTimer(time: ManualTime()))
        }
        // Without any name server the system can't tell.
        #expect([.dnsNotFound, .dnsFailure].contains(failure?.reason))
        let wrong = await #expect(throws: CheckFailure.self) {
            try await resolver.addresses(of: "::1", port: 80, .v4, PhaseTimer(time: ManualTime()))
        }
        #expect(wrong?.reason == .dnsNotFound)
    }

    @Test(
        arguments: [
            ("a.c", "xxabcxx", .matches), ("^b", "abc", .differs), ("(?i)HELLO", "hello", .matches), ("", "", .matches),
            ("(a+)+$", String(repeating: "a", count: 40) + "b", .limitReached),
        ] as [(String, String, Pattern.Outcome)]
    )
    func patternsAreFoundWithinALimit(pattern: String, text: String, outcome: Pattern.Outcome) throws {
        #expect(try Pattern(pattern).search(in: Array(text.utf8)) == outcome)
    }

    @Test func patternsWorkOnBytesThatAreNoText() throws {
        #expect(try Pattern("a\\xffb").search(in: [0x00, 0x61, 0xff, 0x62]) == .matches)
    }

    @Test(arguments: [("(a", 2), ("[z-a]", 3), ("*", 0)])
    func aBadPatternSaysWhere(pattern: String, offset: Int) {
        let problem = #expect(throws: Pattern.Problem.self) { try Pattern(pattern) }
        #expect(problem?.offset == offset && problem?.message.isEmpty == false)
    }

    @Test(
        arguments: [
            (ECONNREFUSED, .connectRefused), (ETIMEDOUT, .connectTimeout), (ECONNRESET, .connectionReset),
            (EHOSTUNREACH, .unreachable),
            (ENETUNREACH, .unreachable), (EMFILE, .internal), (EADDRNOTAVAIL, .internal), (ENOMEM, .internal),
            (EXDEV, .error),
        ] as [(Int32, FailureReason)]
    )
    func systemErrorsHaveReasons(code: Int32, reason: FailureReason) {
        #expect(NetworkReasons.failure(errno: code, "").reason == reason)
    }
}
