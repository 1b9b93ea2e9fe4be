import HealthCore
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The process group of one command, swept after it.
final class ProcessGroup: Sendable {
    private let leader = Atomic<Int32>(0)

    /// Notes the group's leader, whose id is the group's.
    func lead(_ process: Int32) {
        leader.store(process, ordering: .relaxed)
    }

    /// Kills what is left of the group, and reaps what became a child of this process because it is the first of its namespace.
    func sweep(on pool: BlockingPool, _ phases: PhaseTimer) {
        let group = leader.load(ordering: .relaxed)
        guard group > 0, kill(-group, SIGKILL) == 0 else { return }
        // They die within milliseconds, but not within this call.
        _ = pool.submit(phases) { while waitpid(-group, nil, 0) > 0 {} }
    }
}
