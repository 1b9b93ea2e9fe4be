import HealthCore
import HealthTesting
import Testing

/// Who needs whom, and rings.
@Suite struct DependencyGraphTests {
    @Test(
        arguments: [
            ("", nil),
            ("a>b b>c", nil),
            ("a>b a>c b>d c>d", nil),
            ("a>a", "a"),
            ("a>b b>a", "a b"),
            ("a>b b>c c>b", "b c"),
            ("x>y a>b b>c c>a", "a b c"),
        ] as [(String, String?)]
    )
    func findsRings(edges: String, ring: String?) {
        var needs: [(name: String, needs: [String])] = []
        for edge in edges.split(separator: " ") {
            let names = edge.split(separator: ">").map(String.init)
            if let index = needs.firstIndex(where: { $0.name == names[0] }) {
                needs[index].needs.append(names[1])
            } else {
                needs.append((names[0], [names[1]]))
            }
        }
        #expect(DependencyGraph.cycle(in: needs)?.joined(separator: " ") == ring)
    }

    @Test func followsWhatIsNeededThroughOthers() throws {
        var registry = CheckRegistry()
        for (name, needs) in [("app", ["db"]), ("db", ["net", "disks"]), ("net", []), ("disk", [])] {
            try registry.add(ComponentRegistration.make(name).with(dependencies: needs))
        }
        try registry.add(GroupRegistration(name: "disks", members: ["disk"]))
        let graph = DependencyGraph(registry)
        // Components 0 to 3, the group 4.
        #expect(graph.needs == [[1, 2, 4], [2, 4], [], []])
        #expect(graph.neededBy == [[], [0], [0, 1], [], [0, 1]])
    }
}
