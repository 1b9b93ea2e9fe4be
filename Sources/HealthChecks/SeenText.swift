/// What a target said, as a message quotes it: in one line, and short.
enum SeenText {
    /// So that what was found and what was expected fit into 200 characters.
    private static let longest = 80

    /// The beginning of a text, in quotes; `…` stands for the rest.
    static func quoted(_ text: String) -> String { "\"\(cut(text))\"" }

    /// The beginning of foreign bytes, in quotes.
    static func quoted(_ bytes: [UInt8]) -> String {
        // A character of UTF-8 takes at most four bytes.
        quoted(String(decoding: bytes.prefix((longest + 1) * 4), as: UTF8.self))
    }

    /// The beginning of a text.
    static func cut(_ text: String) -> String { text.cutForDisplay }
}

extension Pattern {
    /// As a message quotes it.
    var quoted: String { SeenText.quoted(source) }
}

extension JSONValue {
    /// As a message shows it: a text in quotes, of lists and objects no more than what they are.
    var shown: String {
        switch self {
        case .null: "null"
        case .boolean(let value): value ? "true" : "false"
        case .number(let value): value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        case .string(let value): SeenText.quoted(value)
        case .array: "a list"
        case .object: "an object"
        }
    }

    /// Whether it is a text.
    var isString: Bool {
        if case .string = self { true } else { false }
    }
}
