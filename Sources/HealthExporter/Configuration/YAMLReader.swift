package import HealthChecks

/// Reads one YAML document into nodes; aliases are replaced by what they name, within a budget.
///
/// Duplicate keys are problems, and reading goes on; it stops where the text is no YAML or passes a limit.
package struct YAMLReader {
    /// How much a file may hold.
    private enum Limits {
        /// The size of the text: 1 MiB.
        static let bytes = 1024 * 1024
        /// Levels of nesting; the root is the first.
        static let depth = 32
        /// Nodes that all aliases of a file together expand to.
        static let aliasedNodes = 10_000
    }

    private let problems: SettingProblems
    private var anchors: [String: (node: SettingNode, size: Int)] = [:]
    private var aliasedNodes = 0

    private init(problems: SettingProblems) {
        self.problems = problems
    }

    /// The document's root; nil for a text without one.
    package static func read(_ bytes: [UInt8], problems: SettingProblems) throws(SettingProblem) -> SettingNode? {
        let start = SettingPosition(line: 1, column: 1)
        guard bytes.count <= Limits.bytes else {
            throw SettingProblem(position: start, "the file is larger than 1 MiB")
        }
        var reader = YAMLReader(problems: problems)
        var events = try YAMLEvents(bytes)
        _ = try events.next()
        guard case .documentStart = try events.next() else { return nil }
        let root = try reader.node(try events.next(), &events, depth: 1).node
        _ = try events.next()
        if case .documentStart = try events.next() {
            throw SettingProblem(position: events.position, "expected one document, found another behind `---`")
        }
        return root
    }

    private typealias Sized = (node: SettingNode, size: Int)

    private mutating func node(
        _ event: YAMLEvent,
        _ events: inout YAMLEvents,
        depth: Int
    ) throws(SettingProblem) -> Sized {
        let position = events.position
        guard depth <= Limits.depth else {
            throw SettingProblem(position: position, "nested deeper than \(Limits.depth) levels")
        }
        switch event {
        case .scalar(let text, let isPlain, let anchor):
            return remember((.scalar(SettingScalar(text, isPlain: isPlain), position), 1), anchor)
        case .alias(let name):
            return try expand(name, position)
        case .listStart(let anchor):
            return remember(try list(&events, position, depth: depth), anchor)
        case .mapStart(let anchor):
            return remember(try map(&events, position, depth: depth), anchor)
        default:
            throw SettingProblem(position: position, "expected a value")
        }
    }

    private mutating func remember(_ sized: Sized, _ anchor: String?) -> Sized {
        if let anchor { anchors[anchor] = sized }
        return sized
    }

    private mutating func expand(_ name: String, _ position: SettingPosition) throws(SettingProblem) -> Sized {
        guard let sized = anchors[name] else {
            throw SettingProblem(position: position, "no anchor before this place is named `\(name.cutForDisplay)`")
        }
        aliasedNodes += sized.size
        guard aliasedNodes <= Limits.aliasedNodes else {
            throw SettingProblem(position: position, "aliases expand to more than \(Limits.aliasedNodes) values")
        }
        return sized
    }

    private mutating func list(
        _ events: inout YAMLEvents,
        _ position: SettingPosition,
        depth: Int
    ) throws(SettingProblem) -> Sized {
        var (items, size): ([SettingNode], Int) = ([], 1)
        while true {
            let event = try events.next()
            if case .listEnd = event { return (.list(items, position), size) }
            let item = try node(event, &events, depth: depth + 1)
            items.append(item.node)
            size += item.size
        }
    }

    private mutating func map(
        _ events: inout YAMLEvents,
        _ position: SettingPosition,
        depth: Int
    ) throws(SettingProblem) -> Sized {
        var (entries, size): ([SettingNode.Entry], Int) = ([], 1)
        var seen: [String: SettingPosition] = [:]
        while true {
            let event = try events.next()
            if case .mapEnd = event { return (.map(entries, position), size) }
            let keyPosition = events.position
            guard case .scalar(let key, _, _) = event else {
                throw SettingProblem(position: keyPosition, "a key must be plain text")
            }
            let value = try node(try events.next(), &events, depth: depth + 1)
            if let first = seen[key] {
                let message = "the key `\(key.cutForDisplay)` is given twice, first in line \(first.line); remove one"
                problems.add(SettingProblem(position: keyPosition, message))
            } else {
                seen[key] = keyPosition
            }
            entries.append(.init(key: key, position: keyPosition, value: value.node))
            size += value.size + 1
        }
    }
}
