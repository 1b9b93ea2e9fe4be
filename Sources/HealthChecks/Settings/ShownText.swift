extension String {
    /// A foreign text as an error shows it: short, without control characters, and without what looks like a password in a URL.
    package var cutForDisplay: String {
        let text = withoutUserInformation
        let shown = text.unicodeScalars.prefix(80).map { scalar in
            scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || [0x2028, 0x2029].contains(scalar.value)
                ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return shown.joined() + (text.unicodeScalars.count > 80 ? "…" : "")
    }

    /// What stands between `://`, or the beginning, and the last `@` is a secret if there is a colon in it.
    ///
    /// A password that was pasted raw may hold anything, also spaces, slashes and further `@`.
    private var withoutUserInformation: String {
        guard let end = unicodeScalars.lastIndex(of: "@") else { return self }
        let before = self[..<end]
        guard before.unicodeScalars.contains(":") else { return self }
        let scheme = before.schemeEnd ?? startIndex
        return self[..<scheme] + Redaction.replacement + self[end...]
    }
}

extension Substring {
    /// Where the first `://` ends.
    fileprivate var schemeEnd: Index? {
        let scalars = unicodeScalars
        var start = scalars.startIndex
        while let colon = scalars[start...].firstIndex(of: ":") {
            let next = scalars.index(after: colon)
            if scalars[next...].prefix(2).elementsEqual(["/", "/"]) { return scalars.index(next, offsetBy: 2) }
            start = next
        }
        return nil
    }
}
