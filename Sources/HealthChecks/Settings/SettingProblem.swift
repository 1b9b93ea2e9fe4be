/// What is wrong with a configuration, where, and what would be right.
package struct SettingProblem: Error, Sendable, Hashable {
    /// Where in the file it is.
    package let position: SettingPosition
    /// `components.orders-db.checks.primary.interval`; empty for the file as a whole.
    package let path: String
    /// What is wrong, and what would be right, in one line without secrets.
    package let message: String
    /// The file that it is in, when that is another one than the configuration itself.
    package private(set) var file: String?

    /// A problem at a place; without a path it is one of the file as a whole.
    package init(position: SettingPosition, path: String = "", _ message: String) {
        self.position = position
        self.path = path
        self.message = message
    }

    /// The same problem of another file than the configuration itself.
    package func `in`(file: String) -> SettingProblem {
        var problem = self
        problem.file = file
        return problem
    }

    /// `FILE:LINE:COLUMN: PATH: MESSAGE`.
    ///
    /// - Parameter file: the file of the configuration.
    package func description(file: String) -> String {
        let place = "\(self.file ?? file):\(position.line):\(position.column): "
        return place + (path.isEmpty ? message : "\(path): \(message)")
    }
}

/// Collects problems, so that all are reported at once.
package final class SettingProblems {
    /// Nobody reads more of them, and a large file may hold tens of thousands.
    private static let most = 200

    private var found: [SettingProblem] = []
    /// Of all of them, so that each counts once.
    private var hashes: Set<Int> = []

    /// No problems.
    package init() {}

    /// Notes a problem.
    package func add(_ problem: SettingProblem) {
        guard hashes.insert(problem.hashValue).inserted, found.count < Self.most else { return }
        found.append(problem)
    }

    /// How many there are.
    package var count: Int { hashes.count }

    /// Whether there is none.
    package var isEmpty: Bool { found.isEmpty }

    /// Problems in the order of the file, the first 200 that were found, and how many more there are.
    package var all: [SettingProblem] {
        let listed = found.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }
            .map(\.element)
        guard hashes.count > found.count, let last = listed.last else { return listed }
        let message = "and \(hashes.count - found.count) more errors, which are not listed"
        return listed + [SettingProblem(position: last.position, message)]
    }
}
