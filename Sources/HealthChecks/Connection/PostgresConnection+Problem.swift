extension PostgresConnection.Problem {
    /// Finds the code in `connection to … failed: FATAL:  53300: sorry, too many clients already`.
    ///
    /// The severity is in the server's language; the two spaces behind it and the form of the code are not.
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
        self.init(state: nil, message: line)
    }
}
