/// The endpoint of a path, and what stands in the place of its parameters.
struct EndpointMatch: Sendable {
    /// A path with parameters: what comes before the first of them, and after the last.
    private struct Pattern: Sendable {
        let prefix: String
        let suffix: String
        let row: Int

        /// Nil for a path without parameters.
        init?(_ path: String, row: Int) {
            guard let start = path.firstIndex(of: "{"), let end = path.lastIndex(of: "}") else { return nil }
            prefix = String(path[..<start])
            suffix = String(path[end...].dropFirst())
            self.row = row
        }

        func parameter(in path: Substring) -> Substring? {
            guard path.hasPrefix(prefix) else { return nil }
            let rest = path.dropFirst(prefix.count)
            return rest.hasSuffix(suffix) ? rest.dropLast(suffix.count) : nil
        }
    }

    /// The rows of paths without parameters, aliases included.
    private static let rowsByPath: [Substring: Int] = {
        let rows = Endpoint.all.enumerated().filter { Pattern($1.path, row: $0) == nil }
        let paths = rows.flatMap { row, endpoint in ([endpoint.path] + endpoint.aliases).map { (Substring($0), row) } }
        return Dictionary(uniqueKeysWithValues: paths)
    }()

    /// The more specific ones first: of `/a/{name}` and `/a/{name}/drill` the latter.
    private static let patterns = Endpoint.all.enumerated().compactMap { Pattern($1.path, row: $0) }
        .sorted { $0.suffix.utf8.count > $1.suffix.utf8.count }

    /// The place of the endpoint in the table.
    let row: Int
    /// Everything from the first parameter to the last, with the slashes between them.
    let parameter: Substring

    /// The endpoint of a path without query; nil when there is none.
    init?(path: Substring) {
        if let row = Self.rowsByPath[path] {
            (self.row, parameter) = (row, "")
            return
        }
        for pattern in Self.patterns {
            guard let parameter = pattern.parameter(in: path) else { continue }
            (row, self.parameter) = (pattern.row, parameter)
            return
        }
        return nil
    }

    /// The row of the table.
    var endpoint: Endpoint { Endpoint.all[row] }
}
