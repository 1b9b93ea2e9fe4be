import HealthCore
import HealthTesting
import Testing

/// When a status is too old.
@Suite struct CheckStateAgeTests {
    private func state(after kinds: ResultKind...) -> CheckState {
        var state = CheckState(thresholds: Thresholds(), maximumAge: .seconds(22))
        for (index, kind) in kinds.enumerated() {
            _ = state.publish(kind, reason: nil, at: .seconds(Double(index * 10)), timestamp: .newYear2026)
        }
        return state
    }

    @Test func aPendingCheckNeverExpires() {
        var pending = state()
        #expect(pending.expiresAt == nil)
        let change = pending.expire(at: .distantFuture, timestamp: .newYear2026)
        #expect(change == nil)
    }

    @Test func expiresOnlyWhenOlderThanItsMaximumAge() {
        var healthy = state(after: .success)
        #expect(healthy.expiresAt == .seconds(22))
        let early = healthy.expire(at: .seconds(22), timestamp: .newYear2026)
        #expect(early == nil)
        let late = healthy.expire(at: Moment(nanoseconds: 22_000_000_001), timestamp: .newYear2026)
        #expect(late?.to == .unknown)
        #expect(late?.reason == .stale)
        #expect(healthy.status == .unknown)
    }

    @Test func expiresOnce() {
        var healthy = state(after: .success)
        _ = healthy.expire(at: .seconds(23), timestamp: .newYear2026)
        #expect(healthy.expiresAt == nil)
        let again = healthy.expire(at: .seconds(24), timestamp: .newYear2026)
        #expect(again == nil)
    }

    @Test func ourOwnTroubleDoesNotKeepAStatusFresh() {
        #expect(state(after: .success, .internal).expiresAt == .seconds(22))
        #expect(state(after: .success, .failure).expiresAt == .seconds(32))
        #expect(state(after: .internal).expiresAt == nil)
    }

    @Test func anUnhealthyStatusExpiresToo() {
        var unhealthy = state(after: .failure)
        let change = unhealthy.expire(at: .seconds(23), timestamp: .newYear2026)
        #expect(change?.from == .unhealthy)
        #expect(change?.to == .unknown)
    }
}
