package import HealthChecks
public import HealthCore
import Synchronization

/// What a Swift program registers in code, beside the configuration file.
public struct ProgramRegistrations: Sendable {
    /// Components with their checks, in the order of registration.
    package private(set) var components: [ComponentRegistration] = []
    /// What start-up waits for.
    package private(set) var startupTasks: [StartupTask] = []
    /// What liveness watches.
    package private(set) var progressCounters: [ProgressCounter] = []
    /// What `runtime` checks may name.
    package let queues = RuntimeQueues()

    /// Nothing registered.
    package init() {}

    /// Registers a component with its checks; its name must be in neither the file nor the program already.
    public mutating func add(_ component: ComponentRegistration) {
        components.append(component)
    }

    /// Registers a queue, for `runtime` checks of the file that name it.
    ///
    /// - Parameter depth: how many entries wait; called once a run, and must not block.
    public func addQueue(_ name: String, depth: @escaping @Sendable () -> Int) {
        queues.register(name, depth: depth)
    }

    /// Registers a task that start-up waits for until it is finished; `/startupz` shows its name.
    public mutating func addStartupTask(_ name: String) -> StartupTask {
        let task = StartupTask(name: name)
        startupTasks.append(task)
        return task
    }

    /// Registers a loop for liveness: `/livez` fails when its counter does not advance for `limits.stall`.
    ///
    /// Only for loops that nothing outside the process can block, or the container is restarted because of a dependency.
    public mutating func addProgressCounter(_ name: String) -> ProgressCounter {
        let progress = ProgressCounter(name: name)
        progressCounters.append(progress)
        return progress
    }
}

/// A task that start-up waits for.
public final class StartupTask: Sendable {
    private struct State {
        var isFinished = false
        var onFinish: (@Sendable () -> Void)?
    }

    /// What `/startupz` calls it.
    public let name: String
    private let state = Mutex(State())

    /// A task that is not done.
    init(name: String) {
        self.name = name
    }

    /// Finishes the task; further calls have no effect.
    public func finish() {
        let action = state.withLock { state in
            state.isFinished = true
            return state.onFinish
        }
        action?()
    }

    /// Calls `action` when it is done, at once when it is already.
    func whenFinished(_ action: @escaping @Sendable () -> Void) {
        let isFinished = state.withLock { state in
            state.onFinish = action
            return state.isFinished
        }
        if isFinished { action() }
    }
}
