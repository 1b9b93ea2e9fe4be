import Synchronization
import Testing

/// How a test that measures real time is run again.
@Suite struct AttemptsTests {
    private static let attempts = Atomic(0)

    @Test(.measuresRealTime) func aLateAttemptIsFollowedByAnother() {
        let attempt = Self.attempts.add(1, ordering: .relaxed).newValue
        #expect(attempt == 2)
    }
}
