/// The user and password that a URL may hold before its host: nobody is to read them in logs, metrics and documents.
extension String {
    /// Whether a user or password is in it.
    package var hasUserInformation: Bool { userInformation != nil }

    /// The text without user and password, and without the `@` behind them.
    package var withoutUserInformation: String {
        guard let found = userInformation else { return self }
        return self[..<found.lowerBound] + String(unicodeScalars[found.upperBound...].dropFirst())
    }

    /// The text with something else in the place of user and password.
    package func replacingUserInformation(with replacement: String) -> String {
        guard let found = userInformation else { return self }
        return self[..<found.lowerBound] + replacement + String(unicodeScalars[found.upperBound...])
    }

    /// Where they stand, up to the `@` behind them; nil when there are none.
    ///
    /// They follow `://` (RFC 3986 §3.2.1), or begin a text that is no URL and has a colon before an `@`. A password that was
    /// pasted raw may hold anything, also spaces, slashes and further `@`: so they end at the last `@`, unless a host alone
    /// stands before the path.
    private var userInformation: Range<Index>? {
        let scalars = unicodeScalars
        guard let end = scalars.lastIndex(of: "@") else { return nil }
        let starts = scalars[..<end].authorityStarts
        if starts.isEmpty {
            let isPath = scalars.first == "/"
            return !isPath && scalars[..<end].contains(":") ? startIndex..<end : nil
        }
        return starts.first { !scalars[$0..<end].beginsWithHost }.map { $0..<end }
    }
}

extension Substring.UnicodeScalarView {
    /// The places behind each `://`.
    fileprivate var authorityStarts: [Index] {
        indices.compactMap { index in
            self[index...].starts(with: "://".unicodeScalars) ? self.index(index, offsetBy: 3) : nil
        }
    }

    /// Whether a host, with or without a port, and then a path begin it.
    fileprivate var beginsWithHost: Bool {
        guard let end = firstIndex(where: { "/?#".unicodeScalars.contains($0) }) else { return false }
        let authority = self[..<end]
        let portStart = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 } ?? end
        let (host, port) = (authority[..<portStart], authority[portStart...].dropFirst())
        let isLiteral = host.first == "[" && host.last == "]"
        let isHost = isLiteral || !host.isEmpty && host.allSatisfy { $0.mayBeInHost }
        return isHost && port.allSatisfy { ("0"..."9").contains($0) }
    }
}

extension Unicode.Scalar {
    fileprivate var mayBeInHost: Bool {
        properties.isAlphabetic || properties.numericType != nil || "-._~%".unicodeScalars.contains(self)
    }
}
