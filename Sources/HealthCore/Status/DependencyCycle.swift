extension DependencyGraph {
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
