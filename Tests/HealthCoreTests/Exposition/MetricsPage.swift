/// A page as an independent reader sees it: written from the formats' specifications, not from the writer's code.
struct MetricsPage {
    /// One line that carries a value.
    struct Sample {
        let name: String
        let labels: [(name: String, value: String)]
        let value: String
        let family: String

        /// The value of a label; nil when there is none.
        subscript(_ label: String) -> String? {
            labels.first { $0.name == label }?.value
        }

        /// What makes the series one of its own.
        var identity: String {
            name + labels.map { "|\($0.name)=\($0.value)" }.sorted().joined()
        }
    }

    /// What an unreadable page is told by.
    struct Unreadable: Error {
        let line: String
    }

    private(set) var samples: [Sample] = []
    /// Names in `# TYPE` lines, in order, with their types.
    private(set) var families: [(name: String, type: String)] = []
    private(set) var helpedFamilies: [String] = []
    private(set) var endsWithEOF = false

    init(_ page: [UInt8]) throws {
        let text = String(decoding: page, as: UTF8.self)
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.last == "" else { throw Unreadable(line: "the last line has no end") }
        for (index, line) in lines.dropLast().enumerated() {
            if line == "# EOF" {
                guard index == lines.count - 2 else { throw Unreadable(line: "more after # EOF") }
                endsWithEOF = true
            } else if line.hasPrefix("# ") {
                try readMetadata(line)
            } else {
                samples.append(try readSample(line))
            }
        }
    }

    private mutating func readMetadata(_ line: String) throws {
        let words = line.split(separator: " ", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
        switch words.count == 4 ? words[1] : "" {
        case "HELP": helpedFamilies.append(words[2])
        case "TYPE": families.append((words[2], words[3]))
        default: throw Unreadable(line: line)
        }
    }

    private func readSample(_ line: String) throws -> Sample {
        var rest = line.unicodeScalars[...]
        let name = take(&rest) { $0 != "{" && $0 != " " }
        var labels: [(String, String)] = []
        if rest.first == "{" {
            rest.removeFirst()
            while rest.first != "}" {
                let label = take(&rest) { $0 != "=" }
                guard rest.starts(with: "=\"".unicodeScalars) else { throw Unreadable(line: line) }
                rest.removeFirst(2)
                labels.append((label, try takeQuoted(&rest, line)))
                if rest.first == "," { rest.removeFirst() }
            }
            rest.removeFirst()
        }
        guard rest.popFirst() == " ", let family = families.last?.name else { throw Unreadable(line: line) }
        let value = take(&rest) { $0 != " " }
        guard rest.isEmpty || rest.starts(with: " # {".unicodeScalars) else { throw Unreadable(line: line) }
        return Sample(name: name, labels: labels, value: value, family: family)
    }

    private func take(
        _ rest: inout String.UnicodeScalarView.SubSequence,
        while isWanted: (Unicode.Scalar) -> Bool
    ) -> String {
        let taken = rest.prefix(while: isWanted)
        rest = rest[taken.endIndex...]
        return String(taken)
    }

    private func takeQuoted(_ rest: inout String.UnicodeScalarView.SubSequence, _ line: String) throws -> String {
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"": return String(value)
            case "\\":
                switch rest.popFirst() {
                case "n": value.append("\n")
                case "\\": value.append("\\")
                case "\"": value.append("\"")
                default: throw Unreadable(line: line)
                }
            default: value.append(scalar)
            }
        }
        throw Unreadable(line: line)
    }
}
