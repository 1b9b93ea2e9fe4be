/// Who needs whom, among components and groups.
///
/// Pure. Nodes are numbered: components first, then groups.
package struct DependencyGraph: Sendable {
    /// For each component everything it needs, directly or through others, nearest first.
    package private(set) var needs: [[Int]] = []
    /// For each node the components that need it.
    package private(set) var neededBy: [[Int]] = []

    package init() {}

    /// The graph of a registry; a name that is not there is left out.
    package init(_ registry: CheckRegistry) {
        let components = registry.components.map(\.registration)
        let names = components.map(\.name) + registry.groups.map(\.name)
        let numbers = Dictionary(names.enumerated().map { ($1, $0) }) { first, _ in first }
        let direct = components.map { $0.dependencies.compactMap { numbers[$0] } }
        neededBy = Array(repeating: [], count: names.count)
        for component in components.indices {
            var found: [Int] = []
            var seen: Set<Int> = []
            var queue = direct[component]
            var next = 0
            while next < queue.count {
                let node = queue[next]
                next += 1
                guard seen.insert(node).inserted else { continue }
                found.append(node)
                if node < direct.count { queue += direct[node] }
            }
            needs.append(found)
            for node in found { neededBy[node].append(component) }
        }
    }

    /// Whether a node needs another one, directly or through others; groups need nothing.
    package func node(_ node: Int, needs other: Int) -> Bool {
        node < needs.count && needs[node].contains(other)
    }

    /// A ring of names, each needing the next, the last the first; nil when there is none.
    ///
    /// A group needs its members here: a member that depends on its own group would wait for itself.
    ///
    /// - Parameter edges: what each name needs, in order.
    package static func cycle(in edges: [(name: String, needs: [String])]) -> [String]? {
        let needs = Dictionary(edges.map { ($0.name, $0.needs) }) { first, _ in first }
        var finished: Set<String> = []
        for (start, _) in edges where !finished.contains(start) {
            var path: [(name: String, rest: ArraySlice<String>)] = [(start, (needs[start] ?? [])[...])]
            var onPath: Set<String> = [start]
            while let last = path.last {
                guard let next = last.rest.first else {
                    finished.insert(last.name)
                    onPath.remove(last.name)
                    path.removeLast()
                    continue
                }
                path[path.count - 1].rest.removeFirst()
                if onPath.contains(next) {
                    let names = path.map(\.name)
                    return Array(names[(names.firstIndex(of: next) ?? 0)...])
                }
                if !finished.contains(next), let further = needs[next] {
                    path.append((next, further[...]))
                    onPath.insert(next)
                }
            }
        }
        return nil
    }
}
