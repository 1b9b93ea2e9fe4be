package import HealthChecks
public import HealthCore
import Synchronization

/// What a Swift program registers in code, beside the configuration file.
public struct ProgramRegistrations: Sendable {
    package private(set) var components: [ComponentRegistration] = []
    package private(set) var startupTasks: [StartupTask] = []
    package private(set) var livenessHeartbeats: [LivenessHeartbeat] = []
    package let queues = RuntimeQueues()

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

    /// Registers something that start-up waits for, until it is finished; its name shows in `/startupz`.
    public mutating func addStartupTask(_ name: String) -> StartupTask {
        let task = StartupTask(name: name)
        startupTasks.append(task)
        return task
    }

    /// Registers a loop that must go round: `/livez` fails when it has not beaten for `limits.stall`.
    ///
    /// Only for what nothing outside the process can hold up, or the container is killed for somebody else's fault.
    public mutating func addLivenessHeartbeat(_ name: String) -> LivenessHeartbeat {
        let heartbeat = LivenessHeartbeat(name: name)
        livenessHeartbeats.append(heartbeat)
        return heartbeat
    }
}

/// Something that start-up waits for.
public final class StartupTask: Sendable {
    private struct State {
        var isFinished = false
        var onFinish: (@Sendable () -> Void)?
    }

    /// What `/startupz` calls it.
    public let name: String
    private let state = Mutex(State())

    init(name: String) {
        self.name = name
    }

    /// It is done; more than once is as good as once.
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

/// The sign of life of a loop in the program.
public final class LivenessHeartbeat: Sendable {
    let watermark: Watermark

    init(name: String) {
        watermark = Watermark(name: name)
    }

    /// The loop goes round; at least several times within `limits.stall`.
    public func beat() {
        watermark.beat()
    }
}
