import Dispatch
import Foundation
import Synchronization
import Testing

/// Lets only a few of the tests that start processes run side by side: on two cores more of them starve each other.
struct Workload: TestTrait, SuiteTrait, TestScoping {
    private static let all = 3
    private static let places = Places(all)

    /// Nothing else that starts processes runs beside it.
    var isAlone = false
    /// How long it may take once it has its turn, in minutes.
    var limit = 10

    var isRecursive: Bool { true }

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        // A suite as a whole holds no place: its tests do.
        guard testCase != nil else { return try await function() }
        let count = isAlone ? Self.all : 1
        await Self.places.take(count)
        let limit = TimeLimit(test.name, minutes: limit)
        defer { limit.isOver.store(true, ordering: .relaxed) }
        do {
            try await function()
        } catch {
            await Self.places.giveBack(count)
            throw error
        }
        await Self.places.giveBack(count)
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

    /// A number of places, handed out in the order of asking.
    private actor Places {
        private var free: Int
        private var waiting: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

        init(_ count: Int) {
            free = count
        }

        func take(_ count: Int) async {
            if free >= count, waiting.isEmpty {
                free -= count
                return
            }
            await withCheckedContinuation { waiting.append((count, $0)) }
        }

        func giveBack(_ count: Int) {
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

    /// Starts processes that need the whole machine.
    static var needsTheMachine: Self { Self(isAlone: true) }

    /// The same, for as many minutes at most.
    static func needsTheMachine(forMinutes limit: Int) -> Self { Self(isAlone: true, limit: limit) }
}
