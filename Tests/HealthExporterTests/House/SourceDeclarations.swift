/// A declaration found in a file.
struct SourceDeclaration: Sendable {
    /// What it declares.
    enum Kind: String {
        case function = "func"
        case initializer = "init"
        case `subscript`
        case deinitializer = "deinit"
        case variable = "var"
        case constant = "let"
        case `class`, `struct`, `enum`, actor, `protocol`, `extension`, `typealias`

        /// Whether it is, or continues, a type.
        var isType: Bool { [.class, .struct, .enum, .actor, .protocol, .extension].contains(self) }
        /// Whether it has a body of statements.
        var isCallable: Bool { [.function, .initializer, .subscript, .deinitializer].contains(self) }
    }

    var kind: Kind
    /// Empty for what has none.
    var name: String
    /// Where it begins, its modifiers and attributes on lines above left out.
    var line: Int
    /// Where its body ends; `line` when it has none.
    var lastLine: Int
    var modifiers: Set<String>
    /// The declarations around it, from the outermost inwards.
    var parents: [Int]
    /// What the parentheses after its name hold, split at commas.
    var parameters: [String] = []
    /// Whether it is a variable with a getter, not with storage.
    var isComputed = false
    /// Whether there is a documentation comment directly above.
    var isDocumented = false
    /// Whether an extension or a type names what it conforms to.
    var hasConformances = false
}

/// Finds declarations by keywords and braces: enough for rules about sizes and names.
struct SourceDeclarations {
    private struct Token {
        var text: Substring
        var line: Int
        /// Whether whitespace with a line break lies before it.
        var startsLine: Bool
    }

    /// All of them, in the order of the file.
    private(set) var all: [SourceDeclaration] = []

    private let tokens: [Token]
    private let documented: Set<Int>
    /// The index of the first token of each line.
    private let firstOfLine: [Int: Int]
    /// What each open brace belongs to; nil for statements, closures and accessors.
    private var scopes: [Int?] = []
    private var index = 0

    private static let modifiers: Set = [
        "public", "package", "internal", "private", "fileprivate", "static", "final", "mutating", "override", "lazy",
        "weak", "convenience", "required", "nonisolated", "indirect", "consuming", "borrowing", "unowned",
    ]

    init(code: [Substring], prose: [Substring]) {
        tokens = Self.tokens(code)
        var documented: Set<Int> = []
        for (index, line) in prose.enumerated() where line.drop(while: \.isWhitespace).hasPrefix("///") {
            documented.insert(index + 1)
        }
        self.documented = documented
        firstOfLine = Dictionary(tokens.enumerated().map { ($1.line, $0) }) { first, _ in first }
        while index < tokens.count { step() }
    }

    private static func tokens(_ lines: [Substring]) -> [Token] {
        var result: [Token] = []
        for (number, line) in lines.enumerated() {
            var rest = line.drop(while: \.isWhitespace)
            var startsLine = true
            while let first = rest.first {
                let isWord = first.isLetter || first.isNumber || first == "_"
                let text = isWord ? rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" } : rest.prefix(1)
                result.append(Token(text: text, line: number + 1, startsLine: startsLine))
                startsLine = false
                rest = rest.dropFirst(text.count).drop(while: \.isWhitespace)
            }
        }
        return result
    }

    private func text(_ index: Int) -> Substring { tokens.indices.contains(index) ? tokens[index].text : "" }

    private mutating func step() {
        switch text(index) {
        case "{":
            scopes.append(nil)
            index += 1
        case "}":
            if let owner = scopes.popLast(), let owner { all[owner].lastLine = tokens[index].line }
            index += 1
        case let word:
            let isMember = [".", "`", "import"].contains(text(index - 1))
            if let kind = SourceDeclaration.Kind(rawValue: String(word)), !isMember, begins(kind) {
                declare(kind)
            } else {
                index += 1
            }
        }
    }

    /// `init` is also called, and `class` is also a constraint or a modifier.
    private func begins(_ kind: SourceDeclaration.Kind) -> Bool {
        switch kind {
        case .initializer, .subscript, .deinitializer:
            guard let scope = scopes.last, let scope else { return false }
            return all[scope].kind.isType
        case .class: return text(index + 1) != "func" && text(index + 1) != "var" && text(index - 1) != ":"
        case .actor: return text(index + 1).first?.isUppercase == true
        default: return true
        }
    }

    private mutating func declare(_ kind: SourceDeclaration.Kind) {
        let (modifiers, first) = modifiersBefore(index)
        var declaration = SourceDeclaration(
            kind: kind,
            name: [.initializer, .subscript, .deinitializer].contains(kind) ? "" : name(at: index + 1),
            line: tokens[index].line,
            lastLine: tokens[index].line,
            modifiers: modifiers,
            parents: scopes.compactMap { $0 }
        )
        // Statements around it: it is local.
        let isLocal = scopes.contains { scope in scope.map { all[$0].kind.isCallable } ?? true }
        if isLocal { declaration.modifiers.insert("local") }
        declaration.isDocumented = isDocumented(above: tokens[first].line)
        index += 1
        switch kind {
        case .variable, .constant: skipToStorage(&declaration)
        case .typealias: break
        default: skipToBody(&declaration)
        }
        all.append(declaration)
        if text(index) == "{" {
            scopes.append(kind == .variable || kind == .constant ? nil : all.count - 1)
            if kind == .variable, let last = bodyEnd(index) { all[all.count - 1].lastLine = tokens[last].line }
            index += 1
        }
    }

    /// With the types that it is nested in, where an extension names them.
    private func name(at index: Int) -> String {
        if text(index) == "`" { return String(text(index + 1)) }
        let isNested = text(index + 1) == "." && text(index + 2).first?.isUppercase == true
        return text(index) + (isNested ? "." + name(at: index + 2) : "")
    }

    private func modifiersBefore(_ keyword: Int) -> (Set<String>, first: Int) {
        var (found, first) = (Set<String>(), keyword)
        while first > 0 {
            let word = text(first - 1)
            if word == ")", Self.modifiers.contains(String(text(first - 4))) || text(first - 4) == "nonisolated" {
                // `private(set)` leaves reading open.
                first -= 4
            } else if Self.modifiers.contains(String(word)) {
                found.insert(String(word))
                first -= 1
            } else {
                break
            }
        }
        return (found, first)
    }

    /// Attributes may stand on lines of their own between the comment and the declaration.
    private func isDocumented(above line: Int) -> Bool {
        var above = line - 1
        while above > 0, !documented.contains(above) {
            guard let first = firstOfLine[above], let attribute = attribute(endingAt: first) else { return false }
            above = tokens[attribute].line - 1
        }
        return above > 0
    }

    /// Where the attribute begins that this first token of a line begins or, as the parenthesis behind its arguments, ends.
    private func attribute(endingAt index: Int) -> Int? {
        if text(index) == "@" { return index }
        guard text(index) == ")" else { return nil }
        var (open, depth) = (index, 1)
        while open > 0, depth > 0 {
            open -= 1
            depth += text(open) == ")" ? 1 : text(open) == "(" ? -1 : 0
        }
        return open >= 2 && text(open - 2) == "@" ? open - 2 : nil
    }

    /// Goes on to the brace of the body, or behind the signature when there is none.
    private mutating func skipToBody(_ declaration: inout SourceDeclaration) {
        var (depth, hasParameters) = (0, false)
        while index < tokens.count {
            let token = tokens[index]
            if depth == 0 {
                if token.text == "{" || token.text == "}" { return }
                if declaration.kind.isCallable, hasParameters, token.startsLine, !continues(token.text) { return }
                if declaration.kind.isType, token.text == ":" { declaration.hasConformances = true }
            }
            if token.text == "(" || token.text == "[" { depth += 1 }
            if token.text == ")" || token.text == "]" { depth -= 1 }
            if token.text == "(", depth == 1, !hasParameters, declaration.kind.isCallable {
                hasParameters = true
                declaration.parameters = parameters(from: index)
            }
            index += 1
        }
    }

    private func continues(_ text: Substring) -> Bool {
        ["where", "async", "throws", "rethrows", "-", ")", "]", "&", ","].contains(text)
    }

    private func parameters(from open: Int) -> [String] {
        var (depth, result, current) = (0, [String](), [Substring]())
        for token in tokens[open...] {
            if "([{<".contains(token.text) { depth += 1 }
            if token.text == ")" || token.text == "]" || token.text == "}" { depth -= 1 }
            if token.text == ">", current.last != "-" { depth -= 1 }
            if depth == 0 { break }
            if token.text == ",", depth == 1 {
                result.append(current.joined(separator: " "))
                current = []
            } else if depth > 1 || token.text != "(" {
                current.append(token.text)
            }
        }
        return current.isEmpty ? result : result + [current.joined(separator: " ")]
    }

    /// Goes on to the brace of accessors or to the end of the line's declaration.
    private mutating func skipToStorage(_ declaration: inout SourceDeclaration) {
        var depth = 0
        while index < tokens.count {
            let token = tokens[index]
            if depth == 0 {
                // A value follows: its closures and calls are statements, not accessors.
                if ["=", "}", ")", "]"].contains(token.text) { return }
                if token.text == "{" {
                    declaration.isComputed = !["willSet", "didSet"].contains(text(index + 1))
                    return
                }
                if token.startsLine, token.line > declaration.line { return }
            }
            if token.text == "(" || token.text == "[" || token.text == "<" { depth += 1 }
            if token.text == ")" || token.text == "]" || (token.text == ">" && text(index - 1) != "-") { depth -= 1 }
            index += 1
        }
    }

    private func bodyEnd(_ open: Int) -> Int? {
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index].text == "{" { depth += 1 }
            if tokens[index].text == "}" { depth -= 1 }
            if depth == 0 { return index }
        }
        return nil
    }
}
