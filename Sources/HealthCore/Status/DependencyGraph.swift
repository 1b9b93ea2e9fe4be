/// Which components depend on which components and groups.
///
/// Pure.
package struct DependencyGraph: Sendable {
    /// For each component everything it depends on, directly or through others, nearest first.
    package private(set) var dependencies: Table<ComponentIndex, [NodeIndex]>
    private var dependentsOfComponent: Table<ComponentIndex, [ComponentIndex]>
    private var dependentsOfGroup: Table<GroupIndex, [ComponentIndex]>

    /// Nothing depends on anything.
    package init() {
        (dependencies, dependentsOfComponent, dependentsOfGroup) = (Table(), Table(), Table())
    }

    /// The graph of a registry; a name that is not in its hierarchy is left out.
    package init(_ registry: CheckRegistry, _ hierarchy: Hierarchy) {
        let direct = Table<ComponentIndex, [NodeIndex]>(
            registry.components.map { $0.registration.dependencies.compactMap { hierarchy.node(named: $0) } }
        )
        dependencies = Table(repeating: [], count: direct.count)
        dependentsOfComponent = Table(repeating: [], count: direct.count)
        dependentsOfGroup = Table(repeating: [], count: hierarchy.groups.count)
        for component in direct.indices where !direct[component].isEmpty {
            for node in Self.reachable(from: component, by: direct) {
                dependencies[component].append(node)
                switch node {
                case .component(let index): dependentsOfComponent[index].append(component)
                case .group(let index): dependentsOfGroup[index].append(component)
                }
            }
        }
    }

    /// The components that depend on a component or group.
    package func dependents(of node: NodeIndex) -> [ComponentIndex] {
        switch node {
        case .component(let index): dependentsOfComponent[index]
        case .group(let index): dependentsOfGroup[index]
        }
    }

    /// What a component depends on that is down, and depends on nothing itself that is.
    package func rootCauses(for component: ComponentIndex, isDown: (NodeIndex) -> Bool) -> [NodeIndex] {
        let down = dependencies[component].filter(isDown)
        return down.filter { node in !down.contains { $0 != node && self.node(node, dependsOn: $0) } }
    }

    /// Groups depend on nothing.
    private func node(_ node: NodeIndex, dependsOn other: NodeIndex) -> Bool {
        if case .component(let index) = node { dependencies[index].contains(other) } else { false }
    }

    /// Breadth first.
    private static func reachable(
        from start: ComponentIndex,
        by direct: Table<ComponentIndex, [NodeIndex]>
    ) -> [NodeIndex] {
        var found: [NodeIndex] = []
        var seen: Set<NodeIndex> = []
        var queue = direct[start]
        var next = 0
        while next < queue.count {
            let node = queue[next]
            next += 1
            guard seen.insert(node).inserted else { continue }
            found.append(node)
            if case .component(let index) = node { queue += direct[index] }
        }
        return found
    }
}
