/// Rows of text in columns, for a terminal.
package enum TerminalTable {
    /// One line a row, each column as wide as its widest text.
    ///
    /// - Parameter rows: as many cells in each as in the first, which has the titles.
    package static func render(_ rows: [[String]]) -> String {
        let rows = rows.map { $0.map(\.cutForTerminal) }
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
                .trimmedEnd + "\n"
        }.joined()
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        String(reversed().drop { $0 == " " }.reversed())
    }

    /// One line for a terminal: a space in place of each control character, so that nothing moves the cursor or sets colors.
    package var cutForTerminal: String { replacingControls { $0.isTerminalControl } }

    /// The same with the line feeds and tabs of several lines.
    package var linesCutForTerminal: String { replacingControls { $0.isTerminalControl && $0 != "\n" && $0 != "\t" } }

    private func replacingControls(where isControl: (Unicode.Scalar) -> Bool) -> String {
        String(String.UnicodeScalarView(unicodeScalars.map { isControl($0) ? " " : $0 }))
    }
}

extension Unicode.Scalar {
    /// C0, DEL and C1 (ECMA-48).
    fileprivate var isTerminalControl: Bool { value < 0x20 || (0x7f...0x9f).contains(value) }
}
