import HealthCore
import Platform
import Synchronization

/// The process group of one command; ends whatever is left of it after the command.
final class ProcessGroup: Sendable {
    private let leader = Atomic<Int32>(0)

    /// Records the leader, whose process id is the id of the group (setpgid(2)).
    func lead(_ process: Int32) {
        leader.store(process, ordering: .relaxed)
    }

    /// Kills what is left of the group, and reaps what became a child of this process.
    ///
    /// Orphans do when this process is the first of its PID namespace (pid_namespaces(7)).
    func sweep(on pool: BlockingPool, _ phases: PhaseTimer) {
        let group = leader.load(ordering: .relaxed)
        guard group > 0, kill(-group, SIGKILL) == 0 else { return }
        // kill(2) returns before the processes have ended.
        _ = pool.submit(phases) { while waitpid(-group, nil, 0) > 0 {} }
    }
}
