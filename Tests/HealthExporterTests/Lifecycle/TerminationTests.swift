import Platform
import Synchronization
import Testing

@testable import HealthExporter

/// What signals do to the process.
struct TerminationTests {
    /// So long that no test ever sees the end of it.
    private static let endlessGrace = Duration.seconds(1_000_000)

    private final class Count: Sendable {
        let value = Atomic<Int>(0)

        func increment() { value.add(1, ordering: .relaxed) }

        var current: Int { value.load(ordering: .relaxed) }
    }

    @Test func aSignalBeginsThePlanAndRequestsTheEnd() async {
        let (termination, begun) = (Termination(), Count())
        termination.setPlan(
            .init(grace: Self.endlessGrace) {
                begun.increment()
            } onExpiry: {
            }
        )
        termination.waitForQueue()
        #expect(begun.current == 0)
        termination.received(SIGTERM)
        #expect(begun.current == 1, "at once, on the thread that received it")
        var requests = termination.requests.makeAsyncIterator()
        #expect(await requests.next() != nil)
    }

    @Test func aSignalBeforeThePlanBeginsItOnceItIsThere() async {
        let (termination, begun) = (Termination(), Count())
        termination.received(SIGINT)
        termination.setPlan(
            .init(grace: Self.endlessGrace) {
                begun.increment()
            } onExpiry: {
            }
        )
        termination.waitForQueue()
        #expect(begun.current == 1)
        var requests = termination.requests.makeAsyncIterator()
        #expect(await requests.next() != nil)
    }

    @Test func aHangUpRequestsAReloadAndNoEnd() async {
        let (termination, begun) = (Termination(), Count())
        termination.setPlan(
            .init(grace: Self.endlessGrace) {
                begun.increment()
            } onExpiry: {
            }
        )
        termination.waitForQueue()
        for _ in 0..<3 { termination.received(SIGHUP) }
        var reloads = termination.reloads.makeAsyncIterator()
        #expect(await reloads.next() != nil)
        #expect(begun.current == 0)
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func aSecondSignalEndsTheProcessWithItsNumber(number: Int32) async {
        switch number {
        case SIGTERM:
            await #expect(processExitsWith: .exitCode(128 + SIGTERM)) {
                let termination = Termination()
                termination.received(SIGINT)
                termination.received(SIGTERM)
            }
        default:
            await #expect(processExitsWith: .exitCode(128 + SIGINT)) {
                let termination = Termination()
                termination.received(SIGTERM)
                termination.received(SIGINT)
            }
        }
    }

    @Test func atTheEndOfGraceTheProcessEndsAfterItsLastLine() async throws {
        let result = try await #require(processExitsWith: .exitCode(1), observing: [\.standardOutputContent]) {
            let termination = Termination()
            termination.setPlan(
                .init(grace: .milliseconds(10)) {
                } onExpiry: {
                    print("expired")
                }
            )
            termination.received(SIGTERM)
            for await _ in AsyncStream<Void>(unfolding: { try? await Task.sleep(for: .seconds(60)) }) {}
        }
        #expect(String(decoding: result.standardOutputContent, as: UTF8.self).contains("expired"))
    }

    @Test func realSignalsAreReceivedAndSIGPIPEIsIgnored() async {
        await #expect(processExitsWith: .exitCode(7)) {
            let termination = Termination()
            let sources = termination.install()
            kill(getpid(), SIGPIPE)
            kill(getpid(), SIGHUP)
            var reloads = termination.reloads.makeAsyncIterator()
            _ = await reloads.next()
            kill(getpid(), SIGTERM)
            var requests = termination.requests.makeAsyncIterator()
            _ = await requests.next()
            withExtendedLifetime(sources) {}
            exit(7)
        }
    }
}
