/// What is wrong with a configuration, where, and what would be right.
package struct SettingProblem: Error, Sendable, Hashable {
    package let position: SettingPosition
    /// `components.orders-db.checks.primary.interval`; empty for the file as a whole.
    package let path: String
    package let message: String

    package init(position: SettingPosition, path: String = "", _ message: String) {
        self.position = position
        self.path = path
        self.message = message
    }

    /// `FILE:LINE:COLUMN: PATH: MESSAGE`.
    package func description(file: String) -> String {
        let place = "\(file):\(position.line):\(position.column): "
        return place + (path.isEmpty ? message : "\(path): \(message)")
    }
}

/// Collects problems, so that all are told at once.
package final class SettingProblems {
    private var found: [SettingProblem] = []

    package init() {}

    /// Notes a problem.
    package func add(_ problem: SettingProblem) {
        if !found.contains(problem) { found.append(problem) }
    }

    /// All problems in the order of the file.
    package var all: [SettingProblem] {
        found.enumerated().sorted { ($0.element.position, $0.offset) < ($1.element.position, $1.offset) }.map(\.element)
    }
}
