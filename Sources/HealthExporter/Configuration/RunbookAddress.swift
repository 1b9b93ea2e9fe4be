import HealthChecks

/// The address of a page for people; everybody may read it, as a label of metrics.
struct RunbookAddress {
    /// Why a text is none.
    enum Problem: Error {
        case notAURL, hasUser
    }

    /// In small letters, without port.
    let host: String

    /// Reads an `http` or `https` URL of at most 256 characters.
    ///
    /// Throws `hasUser` when the URL has a user or password, and `notAURL` for every other text.
    init(_ text: String) throws(Problem) {
        let scheme = ["http://", "https://"].first { text.hasPrefix($0) }
        guard let scheme, text.count <= 256, !text.hasControlCharacters, !text.contains(" ") else {
            throw .notAURL
        }
        let authority = text.dropFirst(scheme.count).prefix { !"/?#".contains($0) }
        guard !authority.contains("@") else { throw .hasUser }
        let end = authority.hasPrefix("[") ? authority.firstIndex(of: "]") : authority.startIndex
        let colon = end.flatMap { authority[$0...].firstIndex(of: ":") } ?? authority.endIndex
        let port = authority[colon...].dropFirst()
        guard colon > authority.startIndex, port.utf8.allSatisfy({ (48...57).contains($0) }) else { throw .notAURL }
        host = authority[..<colon].lowercased()
    }
}
