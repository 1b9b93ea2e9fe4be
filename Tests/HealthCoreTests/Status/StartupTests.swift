import HealthTesting
import Testing

@testable import HealthCore

/// What start-up waits for.
@Suite struct StartupTests {
    @Test func completesOnceNeitherTaskNorComponentIsLeft() {
        var startup = Startup(tasks: ["listeners", "warm-up"])
        var completions: [Bool] = []
        startup.apply(components: [("cache", false), ("db", true)], groups: [])
        completions.append(startup.completeWhenUnblocked())
        startup.finish(task: "listeners")
        startup.finish(task: "listeners")
        startup.finish(task: "warm-up")
        #expect(startup.waitingFor == ["db"])
        completions.append(startup.completeWhenUnblocked())
        for _ in 0..<2 { startup.unblock(ComponentIndex(position: 1)) }
        #expect(startup.waitingFor.isEmpty && !startup.isComplete)
        completions.append(startup.completeWhenUnblocked())
        completions.append(startup.completeWhenUnblocked())
        #expect(completions == [false, false, true, false])
        #expect(startup.isComplete)
    }

    @Test func isNotCompleteWithoutARegistry() {
        var startup = Startup()
        let before = startup.completeWhenUnblocked()
        startup.apply(components: [], groups: [])
        let after = startup.completeWhenUnblocked()
        #expect(!before && after)
    }

    @Test func staysCompleteWhateverComesLater() {
        var startup = Startup()
        startup.apply(components: [], groups: [])
        _ = startup.completeWhenUnblocked()
        startup.apply(components: [("late", true)], groups: [("later", true)])
        #expect(startup.isComplete && startup.waitingFor.isEmpty)
    }

    @Test func namesTasksThenComponentsThenGroups() {
        var startup = Startup(tasks: ["z", "y"])
        startup.apply(components: [("c", true), ("b", true)], groups: [("a", true), ("free", false)])
        #expect(startup.waitingFor == ["z", "y", "c", "b", "a"])
        #expect(startup.isBlocked(by: GroupIndex(position: 0)) && !startup.isBlocked(by: GroupIndex(position: 1)))
    }

    @Test func isReadOncePerChange() {
        var startup = Startup(tasks: ["a"])
        var read = [startup.readChange() != nil]
        func readTwice() { for _ in 0..<2 { read.append(startup.readChange() != nil) } }
        startup.apply(components: [("c", true)], groups: [])
        readTwice()
        startup.finish(task: "a")
        readTwice()
        startup.unblock(ComponentIndex(position: 0))
        readTwice()
        _ = startup.completeWhenUnblocked()
        readTwice()
        #expect(read == [true] + Array(repeating: [true, false], count: 4).flatMap(\.self))
    }

    /// A member whose only check got a result, or none yet when nil.
    private func member(_ kind: ResultKind?) -> ComponentState {
        var state = CheckState(thresholds: Thresholds(), maximumAge: .seconds(30))
        if let kind { _ = state.publish(kind, reason: nil, at: .zero, timestamp: .newYear2026) }
        return ComponentState(checks: [state], startup: .none)
    }

    @Test(
        arguments: [
            // The status of the group, its members, and whether it blocks by its requirement.
            (HealthStatus.unknown, [nil, .success], true, true), (.unknown, [.internal, .success], false, true),
            (.unhealthy, [nil, .failure], false, true), (.healthy, [.success, .success], false, false),
            (.degraded, [.degraded, .success], false, true),
            // A heartbeat that was missed makes the group unhealthy, but start-up leaves it aside.
            (.unhealthy, [.success, .success], false, false),
        ] as [(HealthStatus, [ResultKind?], Bool, Bool)]
    )
    func aGroupBlocksUntilNoMemberCanMakeADifference(
        status: HealthStatus,
        kinds: [ResultKind?],
        byResult: Bool,
        byHealth: Bool
    ) {
        for (startup, expected) in [(StartupRequirement.none, false), (.result, byResult), (.healthy, byHealth)] {
            let group = GroupRegistration(name: "g", members: ["a", "b"], startup: startup)
            #expect(group.blocksStartup(status: status, kinds.map { member($0) }) == expected, "\(startup)")
        }
    }
}
