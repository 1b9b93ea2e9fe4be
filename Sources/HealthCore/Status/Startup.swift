/// What start-up waits for; once complete it stays so.
package struct Startup: Sendable {
    /// Tasks that somebody said must be done, in the order in which they said so.
    package private(set) var tasks: [String]
    package private(set) var isComplete = false

    package init(tasks: [String] = []) {
        self.tasks = tasks
    }

    /// Adds a task to wait for; without effect once start-up is complete.
    package mutating func add(task: String) {
        if !isComplete, !tasks.contains(task) { tasks.append(task) }
    }

    /// A task is done.
    package mutating func finish(task: String) {
        tasks.removeAll { $0 == task }
    }

    /// Completes when no task and no component is left; returns whether it did so just now.
    package mutating func update(waitingComponents: Int) -> Bool {
        guard !isComplete, tasks.isEmpty, waitingComponents == 0 else { return false }
        isComplete = true
        return true
    }
}
