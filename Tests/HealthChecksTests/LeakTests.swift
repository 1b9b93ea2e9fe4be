import CHeap
import HealthCore
import Testing

import class Foundation.ProcessInfo

@testable import HealthChecks

/// What runs leave behind on the heap after servers that misbehave.
@Suite(.serialized)
struct LeakTests {
    private static func frame(_ kind: UInt8, _ flags: UInt8, _ stream: UInt8, _ payload: [UInt8] = []) -> [UInt8] {
        let count = payload.count
        return [UInt8(count >> 16), UInt8(count >> 8 & 255), UInt8(count & 255), kind, flags, 0, 0, 0, stream] + payload
    }

    private static func field(_ name: String, _ value: String) -> [UInt8] {
        [0, UInt8(name.utf8.count)] + name.utf8 + [UInt8(value.utf8.count)] + value.utf8
    }

    /// Settings, headers, and a message that is announced as longer than any.
    private static let longMessage =
        frame(4, 0, 0) + frame(4, 1, 0)
        + frame(1, 4, 1, field(":status", "200") + field("content-type", "application/grpc"))
        + frame(0, 0, 1, [0, 0x7f, 255, 255, 255])

    /// What ends a run soon.
    private static let faults: [FaultServer.Behaviour] = [
        .resetAtOnce, .resetWhenAsked, .closeAtOnce, .closeWhenAsked,
        .flood([], (0..<16_384).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }),
        .flood(longMessage, frame(0, 0, 1, [UInt8](repeating: 120, count: 16_384))),
    ]

    static let subjects = KindContractTests.subjects.filter {
        $0.waits && !["exec", "memcached", "postgres"].contains($0.kind.name)
    }

    private static let bound = 3 * 1024 * 1024

    /// Runs of each kind against each fault; `LEAK_RUNS=1000` finds smaller leaks on the heap.
    private static let runs = ProcessInfo.processInfo.environment["LEAK_RUNS"].flatMap { Int($0) } ?? 40

    /// The phases of a run, which the handlers of its connection hold: handlers that keep each other keep them, too.
    private struct Phases: Sendable {
        weak let timer: PhaseTimer?
    }

    /// Records the phases of each run.
    private struct WatchedCheck: HealthCheck {
        let check: any HealthCheck
        let runs: Box<[Phases]>

        func run(_ context: RunContext) async throws -> CheckReport {
            runs.update { $0 + [Phases(timer: context.phases)] }
            return try await check.run(context)
        }
    }

    /// How many runs are still in memory once their channels have had time to close.
    private static func leftovers(_ runs: Box<[Phases]>) async throws -> Int {
        for _ in 0..<1000 {
            runs.update { $0.filter { $0.timer != nil } }
            if runs.value.isEmpty { return 0 }
            try await Task.sleep(for: .milliseconds(10))
        }
        return runs.value.count
    }

    /// The least of several measurements, because other tests run at the same time.
    private static func heapInUse() async throws -> Int {
        var least = Int.max
        for _ in 0..<40 {
            try await Task.sleep(for: .milliseconds(10))
            least = min(least, Int(heap_bytes_in_use()))
        }
        return least
    }

    /// A run whose handlers keep each other is found by its phases, each single one; whatever else grows, by the heap.
    @Test(.timeLimit(.minutes(20)), arguments: subjects)
    func runsLeaveNothingBehind(subject: KindContractTests.Subject) async throws {
        var servers: [FaultServer] = []
        for fault in Self.faults { servers.append(try await FaultServer(fault)) }
        let leftovers = Box<[Phases]>([])
        let checks = try servers.map { server in
            let check = try #require(KindRun.make(subject.kind.name, subject.keys(port: server.port)).check)
            return WatchedCheck(check: check, runs: leftovers)
        }
        func run(_ count: Int) async {
            for check in checks {
                for _ in 0..<count { _ = await KindRun.run(check, timeout: .seconds(5)) }
            }
        }
        await run(10)
        #expect(try await Self.leftovers(leftovers) == 0)
        // What other tests keep for a while is counted, too; a leak is there in every round.
        var leastGrowth = Int.max
        for _ in 0..<5 where leastGrowth >= Self.bound {
            let before = try await Self.heapInUse()
            await run(Self.runs)
            leastGrowth = min(leastGrowth, try await Self.heapInUse() - before)
        }
        print("\(subject.kind.name): \(leastGrowth) bytes more in use after \(Self.runs * checks.count) runs")
        #expect(leastGrowth < Self.bound)
        #expect(try await Self.leftovers(leftovers) == 0)
        for server in servers { try await server.stop() }
    }
}
