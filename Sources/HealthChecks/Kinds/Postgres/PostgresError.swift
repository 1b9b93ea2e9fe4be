/// An error of a PostgreSQL server, or of libpq on the way to it.
struct PostgresError: Error, Equatable {
    /// The SQLSTATE code (PostgreSQL documentation, appendix A); nil for an error of libpq.
    var state: String?
    /// For people, in the language of the server.
    var message: String

    /// `insufficient_privilege`.
    var isMissingGrant: Bool { state == "42501" }

    /// Class 42: syntax error or access rule violation.
    var isRefusedStatement: Bool { state?.hasPrefix("42") == true }
}

extension PostgresError {
    /// Reads libpq's text with the code in it: `connection to … failed: FATAL:  53300: sorry, too many clients already`.
    ///
    /// The severity is in the server's language; the two spaces behind it and the form of the code are the same in all of them.
    init(text: String) {
        let line = text.split(separator: "\n").first.map(String.init) ?? text
        for part in line.split(separator: ":  ", omittingEmptySubsequences: false).dropFirst() {
            let code = part.prefix(5)
            guard code.utf8.count == 5, part.dropFirst(5).hasPrefix(": "),
                code.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) })
            else { continue }
            self.init(state: String(code), message: String(part.dropFirst(7)))
            return
        }
        // The check adds the address itself.
        let words = line.hasPrefix("connection to server") ? line.firstRange(of: " failed: ") : nil
        self.init(state: nil, message: words.map { String(line[$0.upperBound...]) } ?? line)
    }
}
