import Foundation
import Testing

/// A page of the documentation that is made from declarations, and checked in.
///
/// `UPDATE_GOLDEN=1 swift test --filter Reference` writes all of them anew.
struct ReferencePage {
    /// The file's name without `.md`.
    let name: String
    let title: String
    /// One sentence, which lists of pages show.
    let abstract: String
    /// Markdown.
    var body: String = ""

    /// A table in Markdown; a `|` in a cell is escaped.
    static func table(_ heads: [String], rows: [[String]]) -> String {
        func line(_ cells: [String]) -> String {
            "| " + cells.map { $0.replacing("|", with: #"\|"#) }.joined(separator: " | ") + " |"
        }
        return ([line(heads), line(heads.map { _ in "---" })] + rows.map(line)).joined(separator: "\n") + "\n"
    }

    /// Whether the page that is checked in is the one that the declarations give.
    func check(sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Sources/HealthExporter/Documentation.docc/Reference/\(name).md")
        let text = "# \(title)\n\n\(abstract)\n\n\(body)"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" { try Data(text.utf8).write(to: file) }
        let written = String(decoding: (try? Data(contentsOf: file)) ?? Data(), as: UTF8.self)
        #expect(
            written == text,
            "\(name).md is stale: UPDATE_GOLDEN=1 swift test --filter Reference",
            sourceLocation: sourceLocation
        )
    }
}
