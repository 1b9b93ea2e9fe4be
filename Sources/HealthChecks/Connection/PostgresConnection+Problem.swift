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
        // The check says itself where it was connecting to.
        let words = line.hasPrefix("connection to server") ? line.firstRange(of: " failed: ") : nil
        self.init(state: nil, message: words.map { String(line[$0.upperBound...]) } ?? line)
    }
}

extension PostgresConnection.Problem {
    /// What a buffer's beginning is.
    enum Outcome: Equatable {
        case whole(PostgresConnection.Problem)
        case needsMore
        case invalid
    }

    /// Longer than any error that a server sends; libpq draws the same line.
    private static let maximumLength = 30_000

    /// Reads an ErrorResponse (protocol-message-formats): its length, then fields of a letter and a text each, a zero at the end.
    static func read(_ bytes: [UInt8]) -> Outcome {
        guard bytes.count >= 5 else { return .needsMore }
        let length = bytes[1..<5].reduce(0) { $0 << 8 | Int($1) }
        guard bytes[0] == UInt8(ascii: "E"), (8...maximumLength).contains(length) else { return .invalid }
        guard bytes.count > length else { return .needsMore }
        var fields: [UInt8: String] = [:]
        for field in bytes[5..<(length + 1)].split(separator: 0) {
            if let sort = field.first { fields[sort] = String(decoding: field.dropFirst(), as: UTF8.self) }
        }
        return .whole(.init(state: fields[UInt8(ascii: "C")], message: fields[UInt8(ascii: "M")] ?? "no message"))
    }
}
