extension PostgresConnection.Problem {
    /// Finds the code in `connection to … failed: FATAL:  53300: sorry, too many clients already`.
    init(text: String) {
        let line = text.split(separator: "\n").first.map(String.init) ?? text
        for severity in ["FATAL:  ", "ERROR:  ", "PANIC:  "] {
            let parts = line.split(separator: severity, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, parts[1].dropFirst(5).hasPrefix(": ") else { continue }
            let code = parts[1].prefix(5)
            guard code.utf8.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) }) else { continue }
            self.init(state: String(code), message: String(parts[1].dropFirst(7)))
            return
        }
        self.init(state: nil, message: line)
    }
}
