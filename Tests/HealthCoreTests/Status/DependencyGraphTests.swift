import HealthCore
import HealthTesting
import Testing

/// What depends on what, and cycles.
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
    func findsCycles(edges: String, ring: String?) {
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

    @Test func followsDependenciesThroughOthers() throws {
        var registry = CheckRegistry()
        for (name, needs) in [("app", ["db"]), ("db", ["net", "disks"]), ("net", []), ("disk", [])] {
            try registry.add(ComponentRegistration.make(name).with(dependencies: needs))
        }
        try registry.add(GroupRegistration(name: "disks", members: ["disk"]))
        let hierarchy = Hierarchy(registry)
        let graph = DependencyGraph(registry, hierarchy)
        let (db, net, disk, disks) = ("db", "net", "disk", "disks")
        func nodes(_ names: String...) -> [NodeIndex] { names.compactMap { hierarchy.node(named: $0) } }
        #expect(Array(graph.dependencies) == [nodes(db, net, disks), nodes(net, disks), [], []])
        let dependents = nodes("app", db, net, disk, disks).map { graph.dependents(of: $0).map(\.position) }
        #expect(dependents == [[], [0], [0, 1], [], [0, 1]])
    }

    @Test(arguments: [
        ("", ""), ("c", "c"), ("b c", "c"), ("b", "b"), ("g", "g"), ("b g", "g"), ("c g", "c g"), ("x", ""),
    ])
    func rootCausesAreWhatIsDownAndDependsOnNothingThatIs(down: String, roots: String) throws {
        var registry = CheckRegistry()
        for (name, needs) in [("a", ["b"]), ("b", ["c", "g"]), ("c", []), ("m", []), ("x", [])] {
            try registry.add(ComponentRegistration.make(name).with(dependencies: needs))
        }
        try registry.add(GroupRegistration(name: "g", members: ["m"]))
        let hierarchy = Hierarchy(registry)
        let a = try #require(registry.components.indices.first.map(ComponentIndex.init))
        let isDown = Set(down.split(separator: " ").compactMap { hierarchy.node(named: String($0)) })
        let expected = roots.split(separator: " ").compactMap { hierarchy.node(named: String($0)) }
        #expect(DependencyGraph(registry, hierarchy).rootCauses(for: a, isDown: isDown.contains) == expected)
    }
}
