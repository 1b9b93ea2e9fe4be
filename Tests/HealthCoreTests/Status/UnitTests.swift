import HealthTesting
import Testing

@testable import HealthCore

/// Which units a registry makes, and which component is in which.
@Suite struct UnitTests {
    private func hierarchy() throws -> Hierarchy {
        var registry = CheckRegistry()
        for name in ["a", "b", "c", "d"] { try registry.add(.make(name, impact: .informational)) }
        try registry.add(GroupRegistration(name: "second", members: ["d", "b"], requirement: .any, impact: .optional))
        try registry.add(GroupRegistration(name: "first", members: ["c"], scope: .shared))
        return Hierarchy(registry)
    }

    @Test func groupsComeFirstThenComponentsThatAreInNone() throws {
        let hierarchy = try hierarchy()
        #expect(hierarchy.unitOfComponent.map(\.position) == [2, 0, 1, 0])
        #expect(hierarchy.units.map(\.impact) == [.optional, .critical, .informational])
        #expect(hierarchy.units.map(\.scope) == [.local, .shared, .local])
        #expect(hierarchy.members.map { $0.map(\.position) } == [[1, 3], [2], [0]])
    }

    @Test func aUnitIsAGroupOrASingleComponent() throws {
        let hierarchy = try hierarchy()
        #expect(hierarchy.units.indices.map { hierarchy.group(of: $0)?.position } == [0, 1, nil])
        #expect(
            hierarchy.unitOfComponent.indices.map { hierarchy.group(of: $0)?.name } == [
                nil, "second", "first", "second",
            ]
        )
        #expect(hierarchy.groups.indices.map { hierarchy.unit(of: $0).position } == [0, 1])
    }

    @Test func findsComponentsAndGroupsByName() throws {
        let hierarchy = try hierarchy()
        #expect(hierarchy.node(named: "c") == .component(ComponentIndex(position: 2)))
        #expect(hierarchy.node(named: "first") == .group(GroupIndex(position: 1)))
        #expect(hierarchy.node(named: "e") == nil)
    }
}
