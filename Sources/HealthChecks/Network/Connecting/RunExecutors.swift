package import HealthCore
package import NIOCore
import NIOPosix
import Synchronization

/// Event loops as executors of runs: a run that stays on the loop of its connection changes no thread when bytes come.
package final class RunExecutors: Sendable {
    private let executors: [EventLoopExecutor]
    private let used = Atomic(1)
    private let count = Atomic(0)

    /// So many runs a second take about a quarter of a core.
    private static let runsPerLoop = 500.0

    /// The loops of a group.
    package init(group: any EventLoopGroup) {
        executors = group.makeIterator().map { EventLoopExecutor(loop: $0) }
    }

    /// The executor of the first loop, which is always used.
    package var first: (any TaskExecutor)? { executors.first }

    /// Uses no more loops than so many runs a second need: each loop that wakes costs.
    package func adapt(toRunsPerSecond rate: Double) {
        let needed = min(Double(executors.count), (rate / Self.runsPerLoop).rounded(.up))
        used.store(max(1, Int(needed)), ordering: .relaxed)
    }

    /// The executor of the next run: each loop that is used in turn.
    package func next() -> (any TaskExecutor)? {
        guard !executors.isEmpty else { return nil }
        let index = count.add(1, ordering: .relaxed).oldValue
        return executors[Int(UInt(bitPattern: index) % UInt(used.load(ordering: .relaxed)))]
    }

    /// The event loop that this code runs on, else the next one of a group.
    static func loop(of group: any EventLoopGroup) -> any EventLoop {
        MultiThreadedEventLoopGroup.currentEventLoop ?? group.next()
    }
}

extension EventLoop {
    /// Runs something on this event loop: at once when a task is on it already.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        if inEventLoop { return try body() }
        return try await submit(body).get()
    }
}

/// Runs the jobs of tasks on an event loop.
private final class EventLoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    init(loop: any EventLoop) {
        self.loop = loop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.execute { [self] in unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}

/// A check that does nothing but wait for sockets, and evaluates in a moment: its runs are executed on event loops.
package protocol NetworkCheck: HealthCheck {}
