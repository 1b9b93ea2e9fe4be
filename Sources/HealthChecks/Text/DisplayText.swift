import HealthCore

extension String {
    /// Whether a C0 or C1 control character or DEL is in it.
    package var hasControlCharacters: Bool {
        unicodeScalars.contains { $0.value < 0x20 || (0x7f...0x9f).contains($0.value) }
    }

    /// A text of the configuration as an error shows it: short, without control characters, and without what may be a password.
    package var cutForDisplay: String {
        replacingPasswordHashes(with: Redaction.replacement)
            .replacingUserInformation(with: Redaction.replacement).escapedForDisplay
    }

    /// Short and in one line; `…` stands for the rest.
    var escapedForDisplay: String {
        let scalars = Array(unicodeScalars.prefix(SeenText.longest + Redaction.replacement.count))
        var end = min(scalars.count, SeenText.longest)
        if scalars.count > end {
            end = Redaction.end(ofCutAt: end, in: scalars, Array(Redaction.replacement.unicodeScalars))
        }
        let shown = scalars[..<end].map { scalar in
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value)
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return shown.joined() + (scalars.count > end ? "…" : "")
    }

    /// Without the passwords of the URLs in it (RFC 3986 §3.2.1), which stay readable otherwise.
    var withoutPasswords: String {
        let scalars = Array(unicodeScalars)
        var (clean, index) = (String.UnicodeScalarView(), 0)
        while index < scalars.count {
            clean.append(scalars[index])
            index += 1
            guard scalars[..<index].suffix(3).elementsEqual([":", "/", "/"]) else { continue }
            guard let password = Self.password(in: scalars, from: index) else { continue }
            clean.append(contentsOf: scalars[index..<password.lowerBound])
            clean.append(contentsOf: Redaction.replacement.unicodeScalars)
            index = password.upperBound
        }
        return String(clean)
    }

    /// What stands between a user's colon and the last `@` of a word; a port before a path is no password.
    private static func password(in scalars: [Unicode.Scalar], from start: Int) -> Range<Int>? {
        let word = scalars[start...].prefix { !$0.properties.isWhitespace && !["\"", "'"].contains($0) }
        guard let colon = word.firstIndex(where: { [":", "/", "?", "#"].contains($0) }), word[colon] == ":",
            let at = word.lastIndex(of: "@"), at > colon
        else {
            return nil
        }
        let rest = word[(colon + 1)...].drop { ("0"..."9").contains($0) }
        if let next = rest.first, ["/", "?", "#"].contains(next) { return nil }
        return (colon + 1)..<at
    }
}
