import CRE2
package import HealthCore

/// An RE2 regular expression for bytes that others sent: a match takes time in proportion to the text.
///
/// UTF-8 is matched by characters, anything else by bytes, so that `.` is a character in the one and a byte in the other.
package final class Pattern: Sendable {
    /// Why a text is no pattern.
    package struct Problem: Error {
        /// In characters from 0; nil when it is about the whole.
        package let offset: Int?
        /// What is wrong, as a part of a sentence.
        package let message: String
    }

    /// Whether and where a match was found.
    package enum Match: Sendable, Equatable {
        /// The match ends before the byte at this index.
        case matches(end: Int)
        /// There is no match.
        case differs
    }

    /// In bytes, of a program and its cache of states.
    private static let maximumMemory: Int64 = 1024 * 1024
    /// A match of more bytes or more steps would keep a thread of the cooperative pool from other tasks for too long.
    private static let (quickBytes, quickSteps) = (4096, 1_000_000)

    private let characters: Program
    /// Nil for a pattern with characters beyond U+00FF, which can't be said in bytes.
    private let bytes: Program?
    /// The expression as it was written.
    package let source: String

    /// Compiles an expression.
    package init(_ source: String) throws(Problem) {
        characters = try Program(source, encoding: CRE2_UTF8, maximumMemory: Self.maximumMemory)
        bytes = try? Program(source, encoding: CRE2_BYTES, maximumMemory: Self.maximumMemory)
        self.source = source
    }

    /// Whether a match in a text of so many bytes may run on the cooperative pool; else it belongs on a thread of its own.
    package func isQuick(_ count: Int) -> Bool {
        let size = max(characters.size, bytes?.size ?? 0)
        return count <= Self.quickBytes && count * size <= Self.quickSteps
    }

    /// Whether the pattern is found anywhere in the bytes.
    package func isFound(in bytes: [UInt8]) throws(CheckFailure) -> Bool {
        try find(in: bytes) != .differs
    }

    /// Finds the first match in the bytes.
    package func find(in text: [UInt8]) throws(CheckFailure) -> Match {
        guard let bytes, !Self.isUTF8(text) else { return try characters.find(in: text) }
        return try bytes.find(in: text)
    }

    private static func isUTF8(_ bytes: [UInt8]) -> Bool {
        bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) != nil
    }
}

/// Patterns with the same source are the same.
extension Pattern: Hashable {
    package static func == (left: Pattern, right: Pattern) -> Bool { left.source == right.source }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(source)
    }
}

/// A pattern compiled for one way to read a text.
private final class Program: Sendable {
    /// The compiled pattern's address; read-only once compiled, so that any thread may match with it (re2.h).
    private let address: UInt
    let size: Int

    init(_ source: String, encoding: Int, maximumMemory: Int64) throws(Pattern.Problem) {
        let utf8 = source.utf8.map { CChar(bitPattern: $0) }
        guard let compiled = unsafe cre2_compile(utf8, utf8.count, Int32(encoding), maximumMemory) else {
            throw Pattern.Problem(offset: nil, message: "there is no memory for it")
        }
        if let text = unsafe cre2_error(compiled) {
            let message = unsafe String(cString: text)
            let part = unsafe Program.wrongPart(compiled)
            unsafe cre2_free(compiled)
            throw Pattern.Problem(message, part: part, source: source)
        }
        address = UInt(bitPattern: compiled)
        size = unsafe Int(cre2_size(compiled))
    }

    deinit {
        unsafe cre2_free(OpaquePointer(bitPattern: address))
    }

    func find(in text: [UInt8]) throws(CheckFailure) -> Pattern.Match {
        var end = 0
        switch unsafe cre2_find(OpaquePointer(bitPattern: address), text, text.count, &end) {
        case 1: return .matches(end: min(end, text.count))
        case 0: return .differs
        default: throw CheckFailure(.internal, "there is no memory to match a pattern")
        }
    }

    @unsafe private static func wrongPart(_ compiled: OpaquePointer) -> String {
        var length = 0
        guard let start = unsafe cre2_error_part(compiled, &length) else { return "" }
        let bytes = unsafe UnsafeBufferPointer(start: start, count: length).map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Pattern.Problem {
    /// RE2's message, or a plainer one for constructs of other expressions that RE2 does not know.
    fileprivate init(_ message: String, part: String, source: String) {
        let before = part.isEmpty ? nil : source.range(of: part)?.lowerBound
        let offset = before.map { source.distance(from: source.startIndex, to: $0) }
        // RE2 quotes the part, which may hold a secret that a placeholder stands for.
        let words = !part.isEmpty && message.hasSuffix(part) ? String(message.dropLast(part.count)) : message
        let bare = words.hasSuffix(": ") ? String(words.dropLast(2)) : "it is no RE2 expression"
        let said = part.isEmpty ? message.cutForDisplay : bare
        self.init(offset: offset, message: Self.unknown(part, before.map { source[$0...] }) ?? said)
    }

    private static func unknown(_ part: String, _ rest: Substring?) -> String? {
        let rest = rest ?? part[...]
        if let operation = ["(?=", "(?!", "(?<=", "(?<!"].first(where: { rest.hasPrefix($0) }) {
            return "RE2 has no look-around such as `\(operation)`"
        }
        if rest.hasPrefix("\\"), let next = rest.dropFirst().first, "123456789kg".contains(next) {
            return "RE2 has no backreferences such as `\\\(next)`"
        }
        if rest.hasPrefix("(?>") { return "RE2 has no atomic groups, and needs none" }
        return nil
    }
}

extension String {
    /// Where a text begins in this one; without Foundation.
    fileprivate func range(of part: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<(index(start, offsetBy: part.count)) }
            start = index(after: start)
        }
        return nil
    }
}
