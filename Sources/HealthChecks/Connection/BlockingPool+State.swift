import DequeModule
import HealthCore
import Synchronization

extension BlockingPool {
    /// Work with what its waiting means.
    struct Job: Sendable {
        let phases: PhaseTimer
        /// What it is about; nil when it may go on beside any other.
        let subject: String?
        /// False once nobody waits for it any more; true for good once it was asked to begin.
        let begin: @Sendable () -> Bool
        /// Whether somebody waits for it still.
        let isWanted: @Sendable () -> Bool
        let work: @Sendable () -> Void
        /// Answers whoever waits though the work goes on.
        let abandon: @Sendable () -> Void
    }

    /// Who has a thread, and who waits.
    struct State {
        var isStarted = false
        var busy = 0
        /// For the next free thread.
        var waiting = Deque<Job>()
        /// For the call about the same subject to return; there is an entry for each subject under way.
        var behind: [String: Deque<Job>] = [:]
        var behindCount = 0
        /// Calls that have begun.
        var underWay: [Int: Job] = [:]
        var begun = 0
        var isAbandoned = false
    }

    /// Decides whether a call begins or is given up first.
    final class Ticket: Sendable {
        private enum State {
            case waiting, begun, givenUp
        }

        private let state = Mutex(State.waiting)

        var isWanted: Bool { state.withLock { $0 != .givenUp } }

        /// Whether the call may begin.
        func begin() -> Bool { leave(for: .begun) }

        /// Whether it was given up before it began.
        func giveUp() -> Bool { leave(for: .givenUp) }

        private func leave(for next: State) -> Bool {
            state.withLock { state in
                guard state == .waiting else { return false }
                state = next
                return true
            }
        }
    }
}

extension BlockingPool.State {
    /// Whether one more may come.
    mutating func hasPlace(_ maximum: Int, heldUpBy shortage: String) -> Bool {
        if isAbandoned { return false }
        if waiting.count + behindCount >= maximum { forgetUnwanted(heldUpBy: shortage) }
        return waiting.count + behindCount < maximum
    }

    /// False while a call about the same subject is under way: its target is what holds this one up, too.
    mutating func mayQueue(_ job: BlockingPool.Job) -> Bool {
        guard let subject = job.subject else { return true }
        guard behind[subject] != nil else {
            behind[subject] = []
            return true
        }
        behind[subject]?.append(job)
        behindCount += 1
        return false
    }

    /// Whether there is a free thread; else the job waits for one.
    mutating func takeThread(of size: Int, _ job: BlockingPool.Job) -> Bool {
        guard busy < size else {
            waiting.append(job)
            return false
        }
        busy += 1
        return true
    }

    /// The number of a call that begins; nil when nobody waits for it, or nothing begins any more.
    mutating func begin(_ job: BlockingPool.Job) -> Int? {
        guard !isAbandoned, job.begin() else { return nil }
        begun += 1
        underWay[begun] = job
        return begun
    }

    /// Frees the thread of a call, or gives it to the next one.
    mutating func finish(_ job: BlockingPool.Job, _ number: Int?, heldUpBy shortage: String) -> BlockingPool.Job? {
        if let number { underWay[number] = nil }
        if let subject = job.subject { advance(subject, heldUpBy: shortage) }
        while let next = waiting.popFirst() {
            if next.isWanted() { return next }
            if let subject = next.subject { advance(subject, heldUpBy: shortage) }
        }
        busy -= 1
        return nil
    }

    /// A call about a subject has returned: the next one that somebody still waits for queues for a thread.
    mutating func advance(_ subject: String, heldUpBy shortage: String) {
        while let next = behind[subject]?.popFirst() {
            behindCount -= 1
            guard next.isWanted() else { continue }
            next.phases.setHeldUp(by: shortage)
            waiting.append(next)
            return
        }
        behind[subject] = nil
    }

    /// Drops what nobody waits for any more.
    mutating func forgetUnwanted(heldUpBy shortage: String) {
        for (subject, jobs) in behind {
            let wanted = jobs.filter { $0.isWanted() }
            behindCount -= jobs.count - wanted.count
            behind[subject] = Deque(wanted)
        }
        var (wanted, unwanted) = (Deque<BlockingPool.Job>(), [BlockingPool.Job]())
        // Asked once: whoever gives up in between stays until its turn comes, or its subject would wait for ever.
        for job in waiting {
            if job.isWanted() { wanted.append(job) } else { unwanted.append(job) }
        }
        waiting = wanted
        for job in unwanted { if let subject = job.subject { advance(subject, heldUpBy: shortage) } }
    }

    /// All that have not begun.
    mutating func removeWaiting() -> [BlockingPool.Job] {
        let jobs = Array(waiting) + behind.values.joined()
        waiting = []
        for subject in behind.keys { behind[subject] = [] }
        behindCount = 0
        return jobs
    }
}
