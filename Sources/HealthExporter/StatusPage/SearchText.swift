import HealthCore

/// What somebody searches for: every word has to be there, in any case.
struct SearchText: Hashable, Sendable {
    /// As it was written.
    let text: String

    /// Longer texts are cut off.
    private static let maximum = 256

    /// A search; an empty one finds everything.
    init(_ text: String = "") {
        self.text = String(text.prefix(Self.maximum))
    }

    /// Whether texts have every word.
    func isFound(in texts: [String?], reason: FailureReason?) -> Bool {
        if text.isEmpty { return true }
        let all = texts.compactMap(\.self) + (reason.map { [$0.rawValue, "\($0.words). \($0.hint)"] } ?? [])
        let found = all.joined(separator: "\n").lowercased()
        return text.lowercased().split(whereSeparator: \.isWhitespace).allSatisfy { found.contains($0) }
    }
}
