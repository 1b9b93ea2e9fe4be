import Testing

/// Lets only a few of the tests that start processes run side by side: on two cores more of them starve each other.
struct Workload: TestTrait, SuiteTrait, TestScoping {
    private static let places = Places(3)

    var isRecursive: Bool { true }

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        // A suite as a whole holds no place: its tests do.
        guard testCase != nil else { return try await function() }
        await Self.places.take()
        do {
            try await function()
        } catch {
            await Self.places.giveBack()
            throw error
        }
        await Self.places.giveBack()
    }

    /// A number of places, handed out in the order of asking.
    private actor Places {
        private var free: Int
        private var waiting: [CheckedContinuation<Void, Never>] = []

        init(_ count: Int) {
            free = count
        }

        func take() async {
            if free > 0 {
                free -= 1
                return
            }
            await withCheckedContinuation { waiting.append($0) }
        }

        func giveBack() {
            if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
        }
    }
}

extension Trait where Self == Workload {
    /// Starts processes, and waits for its turn.
    static var startsProcesses: Self { Self() }
}
