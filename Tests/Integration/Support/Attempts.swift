import Synchronization
import Testing

/// Runs a test of real time again when it fails, on a machine that may be busy with something else: it may come late once, and a fault of
/// the code comes each time.
///
/// The last attempt fails the test as any other does; what the attempts before it recorded is shown as a known issue.
struct Attempts: TestTrait, SuiteTrait, TestScoping {
    /// At most as many runs as these.
    var count: Int

    var isRecursive: Bool { true }

    @concurrent func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        for _ in 1..<count where try await hasPassed(function) { return }
        try await function()
    }

    private func hasPassed(_ function: @Sendable @concurrent () async throws -> Void) async throws -> Bool {
        let hasFailed = Atomic(false)
        try await withKnownIssue("the machine may have been busy", isIntermittent: true) {
            try await function()
        } matching: { _ in
            hasFailed.store(true, ordering: .relaxed)
            return true
        }
        return !hasFailed.load(ordering: .relaxed)
    }
}

extension Trait where Self == Attempts {
    /// Measures real time: up to three attempts.
    static var measuresRealTime: Self { Self(count: 3) }
}
