import Foundation

/// A Swift file of `Sources`, told apart into code and prose.
struct SourceFile: Sendable {
    /// Its path below the root of the package.
    let path: String
    /// Its lines with comments and the contents of string literals blanked.
    let codeLines: [Substring]
    /// Comments and the contents of string literals, at their places; all else is blanked.
    let proseLines: [Substring]
    /// What it declares, in order.
    let declarations: [SourceDeclaration]

    init(path: String, text: String) {
        self.path = path
        let (code, prose) = SourceText.separate(Array(text.utf8))
        codeLines = Self.lines(code)
        proseLines = Self.lines(prose)
        declarations = SourceDeclarations(code: codeLines, prose: proseLines).all
    }

    /// The root of the package.
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file below `Sources`, by path; read once.
    static let all = Result { try read() }

    private static func read() throws -> [SourceFile] {
        let sources = root.appending(path: "Sources")
        let names = try FileManager.default.subpathsOfDirectory(atPath: sources.path)
            // Generated code is as it is generated.
            .filter { $0.hasSuffix(".swift") && !$0.hasSuffix(".pb.swift") }
        return try names.sorted().map { name in
            SourceFile(
                path: "Sources/\(name)",
                text: try String(contentsOf: sources.appending(path: name), encoding: .utf8)
            )
        }
    }

    /// The number of its lines, the last of which ends with a line break.
    var lineCount: Int { codeLines.count - 1 }

    private static func lines(_ bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }
}

/// Tells code from comments and string literals.
private struct SourceText {
    /// What a byte belongs to.
    private enum Context {
        /// Code, with the number of open parentheses since an interpolation began; nil outside of one.
        case code(parentheses: Int?)
        /// A string literal with its number of `#`, and whether it goes over several lines.
        case literal(hashes: Int, isMultiline: Bool)
    }

    private let text: [UInt8]
    private var code: [UInt8] = []
    private var prose: [UInt8] = []
    private var index = 0
    private var contexts: [Context] = [.code(parentheses: nil)]

    static func separate(_ text: [UInt8]) -> (code: [UInt8], prose: [UInt8]) {
        var separation = SourceText(text: text)
        while separation.index < text.count { separation.step() }
        return (separation.code, separation.prose)
    }

    private init(text: [UInt8]) {
        self.text = text
    }

    private func starts(with string: StaticString, at offset: Int = 0) -> Bool {
        let wanted = Array("\(string)".utf8)
        return index + offset + wanted.count <= text.count
            && text[(index + offset)..<(index + offset + wanted.count)].elementsEqual(wanted)
    }

    private func hashes(at offset: Int) -> Int {
        text[min(index + offset, text.count)...].prefix { $0 == UInt8(ascii: "#") }.count
    }

    private mutating func move(_ count: Int, isProse: Bool) {
        for byte in text[index..<min(index + count, text.count)] {
            let blank = byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " ")
            code.append(isProse ? blank : byte)
            prose.append(isProse ? byte : blank)
        }
        index += count
    }

    private mutating func step() {
        switch contexts.last {
        case .literal(let hashes, let isMultiline): stepInLiteral(hashes: hashes, isMultiline: isMultiline)
        case .code(let parentheses): stepInCode(parentheses: parentheses)
        case nil: move(1, isProse: false)
        }
    }

    private mutating func stepInCode(parentheses: Int?) {
        if starts(with: "//") {
            move(text[index...].prefix { $0 != UInt8(ascii: "\n") }.count, isProse: true)
            return
        }
        let hashes = hashes(at: 0)
        if starts(with: "\"", at: hashes) {
            let isMultiline = starts(with: "\"\"\"", at: hashes)
            contexts.append(.literal(hashes: hashes, isMultiline: isMultiline))
            move(hashes + (isMultiline ? 3 : 1), isProse: false)
            return
        }
        if let parentheses {
            let change = starts(with: "(") ? 1 : starts(with: ")") ? -1 : 0
            contexts[contexts.count - 1] = .code(parentheses: parentheses + change)
            if parentheses + change == 0 { contexts.removeLast() }
        }
        move(1, isProse: false)
    }

    private mutating func stepInLiteral(hashes: Int, isMultiline: Bool) {
        if starts(with: "\\"), self.hashes(at: 1) >= hashes {
            if starts(with: "(", at: 1 + hashes) {
                contexts.append(.code(parentheses: 1))
                move(2 + hashes, isProse: false)
            } else {
                move(2 + hashes, isProse: true)
            }
            return
        }
        let isEnd = isMultiline ? starts(with: "\"\"\"") : starts(with: "\"")
        if isEnd, self.hashes(at: isMultiline ? 3 : 1) >= hashes {
            contexts.removeLast()
            move((isMultiline ? 3 : 1) + hashes, isProse: false)
        } else {
            move(1, isProse: true)
        }
    }
}
