import Dispatch
import Foundation
import Synchronization
import Testing

/// Lets only a few of the tests that start processes run side by side: on two cores more of them starve each other.
struct Workload: TestTrait, SuiteTrait, TestScoping, Equatable {
    private static let capacity = 12
    private static let places = Places(capacity)

    /// How much of the machine a test needs, out of `capacity`.
    var share = 4

    /// In minutes, once a test has its turn.
    private static let limit = 10

    var isRecursive: Bool { true }

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        // A suite as a whole holds no place: its tests do, and what a test says of itself counts, not what its suite says.
        let nearest = test.traits.compactMap { $0 as? Workload }.last
        guard testCase != nil, nearest == self else { return try await function() }
        await Self.places.acquire(share)
        let limit = TimeLimit(test.name, minutes: Self.limit)
        defer { limit.isOver.store(true, ordering: .relaxed) }
        do {
            try await function()
        } catch {
            await Self.places.release(share)
            throw error
        }
        await Self.places.release(share)
    }

    /// Ends the whole run, with the name of the test, when one holds its place too long; waiting for a place doesn't count.
    private final class TimeLimit: Sendable {
        let isOver = Atomic(false)

        init(_ name: String, minutes: Int) {
            DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(60 * minutes)) {
                guard !self.isOver.load(ordering: .relaxed) else { return }
                FileHandle.standardError.write(Data("\(name) did not end within \(minutes) minutes\n".utf8))
                abort()
            }
        }
    }

    /// A number of places, handed out in the order of the requests.
    private actor Places {
        private var free: Int
        private var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        init(_ count: Int) {
            free = count
        }

        func acquire(_ count: Int) async {
            if free >= count, waiting.isEmpty {
                free -= count
                return
            }
            await withCheckedContinuation { waiting.append((count, $0)) }
        }

        func release(_ count: Int) {
            free += count
            while let first = waiting.first, first.count <= free {
                free -= first.count
                waiting.removeFirst().continuation.resume()
            }
        }
    }
}

extension Trait where Self == Workload {
    /// Starts processes, and waits for its turn.
    static var startsProcesses: Self { Self() }

    /// Starts processes that do next to nothing but wait.
    static var mostlyWaits: Self { Self(share: 1) }

    /// Starts processes that need the whole machine.
    static var needsTheMachine: Self { Self(share: 12) }
}
