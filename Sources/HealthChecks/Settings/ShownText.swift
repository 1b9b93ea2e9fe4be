import HealthCore

extension String {
    /// A foreign text as an error shows it: short, without control characters, and without what looks like a password in a URL.
    package var cutForDisplay: String {
        let text = replacingUserInformation(with: Redaction.replacement)
        let shown = text.unicodeScalars.prefix(80).map { scalar in
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value)
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return shown.joined() + (text.unicodeScalars.count > 80 ? "…" : "")
    }
}
