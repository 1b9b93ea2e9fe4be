/// A place in a JSON document (RFC 6901).
package struct JSONPointer: Hashable, Sendable {
    /// As it was written.
    package let text: String
    private let tokens: [String]

    /// Empty for the whole document, else `/` before every name or index; `~1` is `/`, `~0` is `~`.
    package init?(_ text: String) {
        // Scalars, not characters: with a combining mark behind it a slash is another character.
        guard text.isEmpty || text.unicodeScalars.first == "/" else { return nil }
        var tokens: [String] = []
        for part in text.unicodeScalars.split(separator: "/", omittingEmptySubsequences: false).dropFirst() {
            guard let token = Self.unescape(part) else { return nil }
            tokens.append(token)
        }
        self.text = text
        self.tokens = tokens
    }

    private static func unescape(_ part: Substring.UnicodeScalarView) -> String? {
        var token = String.UnicodeScalarView()
        var rest = part[...]
        while let scalar = rest.popFirst() {
            guard scalar == "~" else {
                token.append(scalar)
                continue
            }
            switch rest.popFirst() {
            case "0": token.append("~")
            case "1": token.append("/")
            default: return nil
            }
        }
        return String(token)
    }

    /// The value at this place; nil when there is none.
    package func value(in document: JSONValue) -> JSONValue? {
        var current = document
        for token in tokens {
            switch current {
            case .object(let members):
                guard let member = members[token] else { return nil }
                current = member
            case .array(let elements):
                let isIndex = token == "0" || (token.first != "0" && token.utf8.allSatisfy { (48...57).contains($0) })
                guard isIndex, let index = Int(token), elements.indices.contains(index) else { return nil }
                current = elements[index]
            default: return nil
            }
        }
        return current
    }
}
