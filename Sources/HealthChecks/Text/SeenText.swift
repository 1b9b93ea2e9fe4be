/// Quotes what a target said in the messages of a check: without the check's secrets, in one line, and short.
package struct SeenText: Sendable {
    /// The secrets of the check.
    let redaction: Redaction
    /// Secrets that came to be while the check runs, such as a token; nil for none.
    private var later: Redaction?

    /// - Parameter redaction: removes the secrets of the check.
    package init(redaction: Redaction = Redaction([])) {
        self.redaction = redaction
    }

    /// Quotes also without these secrets.
    func without(_ later: Redaction) -> SeenText {
        var copy = self
        copy.later = later
        return copy
    }

    /// In characters, so that what was found and what was expected fit into 200 together.
    static let longest = 80
    /// In bytes; what follows does not get among the first characters, unless nearly all before it is secret.
    private static let searchedBytes = 256 * 1024
    /// In characters; longer texts are no users and passwords.
    private static let longestUser = 1024

    /// The beginning of a text, in quotes; `…` stands for the rest.
    func quoted(_ text: String) -> String { "\"\(cut(text))\"" }

    /// The beginning of foreign bytes, in quotes.
    func quoted(_ bytes: [UInt8]) -> String { "\"\(cut(bytes))\"" }

    /// A pattern, in quotes.
    func quoted(_ pattern: Pattern) -> String { quoted(pattern.source) }

    /// The beginning of a text.
    func cut(_ text: String) -> String { cut(Array(text.utf8.prefix(Self.searchedBytes + 1))) }

    /// Secrets are replaced first: in a text that was escaped or cut, parts of them would no longer be found.
    private func cut(_ bytes: [UInt8]) -> String {
        let isWhole = bytes.count <= Self.searchedBytes
        var clean = redaction(beginning: isWhole ? bytes : Array(bytes.prefix(Self.searchedBytes)))
        if let later { clean = later(beginning: clean) }
        let text = String(decoding: clean, as: UTF8.self).unicodeScalars.prefix(Self.longest + Self.longestUser)
        return String(String.UnicodeScalarView(text)).withoutPasswords.escapedForDisplay
    }

    /// A JSON value as messages show it: a text in quotes; lists and objects only as what they are.
    func shown(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        case .string(let value): quoted(value)
        case .array: "a list"
        case .object: "an object"
        }
    }
}

extension SettingsReader {
    /// Quotes without the secrets in these keys.
    var seen: SeenText { SeenText(redaction: Redaction(secrets)) }
}

extension JSONValue {
    /// Whether it is a text.
    var isString: Bool {
        if case .string = self { true } else { false }
    }
}
