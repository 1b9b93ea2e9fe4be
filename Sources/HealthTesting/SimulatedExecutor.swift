import DequeModule
import Synchronization

/// A single-threaded executor: jobs are kept in order until somebody drains it, so that many tasks run reproducibly.
package final class SimulatedExecutor: TaskExecutor, Sendable {
    private let jobs = Mutex(Deque<UnownedJob>())

    /// An executor without jobs.
    package init() {}

    /// Appends a job; it runs in the next `drain()`.
    package func enqueue(_ job: consuming ExecutorJob) {
        let unowned = UnownedJob(job)
        jobs.withLock { $0.append(unowned) }
    }

    /// A reference for the runtime that does not keep the executor alive.
    package func asUnownedTaskExecutor() -> UnownedTaskExecutor {
        unsafe UnownedTaskExecutor(ordinary: self)
    }

    /// Runs jobs, also those that they enqueue, until none is left; returns how many.
    @discardableResult
    package func drain() -> Int {
        var count = 0
        while let job = jobs.withLock({ $0.popFirst() }) {
            unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            count += 1
        }
        return count
    }
}
