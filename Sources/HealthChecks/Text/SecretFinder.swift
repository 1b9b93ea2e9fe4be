/// Finds all of many texts in one pass over bytes (Aho and Corasick, "Efficient string matching", 1975).
///
/// - Complexity: an amortized constant number of steps for each byte, however many and however long the texts are.
struct SecretFinder: Sendable {
    /// A prefix of some of the texts; indices lead to other nodes, and 0 is the empty prefix, or none.
    private struct Node {
        let byte: UInt8
        let depth: Int32
        var child: Int32 = 0
        var sibling: Int32 = 0
        /// The longest other prefix that is a suffix of this one.
        var fallback: Int32 = 0
        /// The length of the longest text that ends here; 0 for none.
        var longest: Int32 = 0
    }

    /// What was found.
    struct Findings: Sendable, Equatable {
        /// In order, without overlaps.
        var spans: [Range<Int>] = []
        /// How often the search went from one node to another.
        var steps = 0

        fileprivate mutating func add(_ span: Range<Int>) {
            var start = span.lowerBound
            while let last = spans.last, last.upperBound >= start {
                start = min(start, last.lowerBound)
                spans.removeLast()
            }
            spans.append(start..<span.upperBound)
        }
    }

    private var nodes = [Node(byte: 0, depth: 0)]

    /// Prepares the search for these texts; empty ones are found nowhere.
    init(_ texts: [[UInt8]]) {
        for text in texts { insert(text) }
        link()
    }

    private mutating func insert(_ text: [UInt8]) {
        var node = 0
        for byte in text {
            if let child = child(of: node, byte) {
                node = child
                continue
            }
            var new = Node(byte: byte, depth: nodes[node].depth + 1)
            new.sibling = nodes[node].child
            nodes[node].child = Int32(nodes.count)
            node = nodes.count
            nodes.append(new)
        }
        nodes[node].longest = nodes[node].depth
    }

    /// Breadth first, because a fallback is always shorter.
    private mutating func link() {
        var (queue, next) = ([0], 0)
        while next < queue.count {
            let parent = queue[next]
            next += 1
            var child = Int(nodes[parent].child)
            while child != 0 {
                if parent != 0 {
                    var steps = 0
                    let start = Int(nodes[parent].fallback)
                    let fallback = self.next(after: start, nodes[child].byte, &steps)
                    nodes[child].fallback = Int32(fallback)
                    nodes[child].longest = max(nodes[child].longest, nodes[fallback].longest)
                }
                queue.append(child)
                child = Int(nodes[child].sibling)
            }
        }
    }

    private func child(of node: Int, _ byte: UInt8) -> Int? {
        var child = Int(nodes[node].child)
        while child != 0, nodes[child].byte != byte { child = Int(nodes[child].sibling) }
        return child == 0 ? nil : child
    }

    private func next(after node: Int, _ byte: UInt8, _ steps: inout Int) -> Int {
        var node = node
        while true {
            steps += 1
            if let child = child(of: node, byte) { return child }
            if node == 0 { return 0 }
            node = Int(nodes[node].fallback)
        }
    }

    /// Finds the texts in the bytes, and prefixes of them at places where the bytes were cut.
    ///
    /// - Parameters:
    ///   - shortest: how many bytes of a text have to be there before a cut.
    ///   - isCut: whether the bytes were cut before an index; called for each, the end included.
    func search(_ bytes: [UInt8], shortest: Int, isCut: (Int) -> Bool) -> Findings {
        var (findings, node) = (Findings(), 0)
        func recordPrefix(until end: Int) {
            let depth = Int(nodes[node].depth)
            if depth >= shortest, isCut(end) { findings.add((end - depth)..<end) }
        }
        for (index, byte) in bytes.enumerated() {
            recordPrefix(until: index)
            node = next(after: node, byte, &findings.steps)
            let length = Int(nodes[node].longest)
            if length > 0 { findings.add((index + 1 - length)..<(index + 1)) }
        }
        recordPrefix(until: bytes.count)
        return findings
    }
}
