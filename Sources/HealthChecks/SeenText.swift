/// What a target said, as the messages of a check quote it: without the check's secrets, in one line, and short.
struct SeenText: Sendable {
    var redaction = Redaction([])

    /// So that what was found and what was expected fit into 200 characters.
    static let longest = 80
    /// What comes behind this doesn't get among the first characters, unless nearly all before it is secret.
    private static let lookedAt = 256 * 1024
    /// Longer ones are no users and passwords.
    private static let longestUser = 1024

    /// The beginning of a text, in quotes; `…` stands for the rest.
    func quoted(_ text: String) -> String { "\"\(cut(text))\"" }

    /// The beginning of foreign bytes, in quotes.
    func quoted(_ bytes: [UInt8]) -> String { "\"\(cut(bytes))\"" }

    /// A pattern, in quotes.
    func quoted(_ pattern: Pattern) -> String { quoted(pattern.source) }

    /// The beginning of a text.
    func cut(_ text: String) -> String { cut(Array(text.utf8.prefix(Self.lookedAt + 1))) }

    /// Secrets go first: what escapes or cuts a text may leave parts of them that no longer look like them.
    private func cut(_ bytes: [UInt8]) -> String {
        let isWhole = bytes.count <= Self.lookedAt
        let clean = redaction(beginning: isWhole ? bytes : Array(bytes.prefix(Self.lookedAt)))
        let text = String(decoding: clean, as: UTF8.self).unicodeScalars.prefix(Self.longest + Self.longestUser)
        return String(String.UnicodeScalarView(text)).withoutPasswords.escapedForDisplay
    }

    /// As a message shows it: a text in quotes, of lists and objects no more than what they are.
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
    /// What the check of these keys may quote.
    var seen: SeenText { SeenText(redaction: redaction) }
}

extension JSONValue {
    /// Whether it is a text.
    var isString: Bool {
        if case .string = self { true } else { false }
    }
}
