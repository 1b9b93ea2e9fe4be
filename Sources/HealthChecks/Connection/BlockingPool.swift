import DequeModule
package import HealthCore
import NIOPosix
import Synchronization

/// Threads for calls that block: file systems, `getaddrinfo`.
///
/// Bounded in threads and in what waits for them. A call that hangs keeps its thread, and whoever made it keeps waiting: calls
/// about the same subject come one after the other, so that however often it is asked for, it costs one thread.
package final class BlockingPool: Sendable {
    /// Work with what its waiting means.
    fileprivate struct Job: Sendable {
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

    fileprivate struct State {
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

    /// More than this waits only when every thread is stuck.
    private static let maximumWaiting = 10_000

    private let threads: NIOThreadPool
    private let state = Mutex(State())
    /// How many threads there are.
    package let size: Int

    package init(threads size: Int) {
        self.size = size
        threads = NIOThreadPool(numberOfThreads: size)
    }

    /// The share of threads that are busy, 0 to 1.
    package var busyRatio: Double { Double(busy) / Double(size) }

    /// How many threads are busy.
    package var busy: Int { state.withLock { $0.busy } }

    /// What is thrown when nothing more may wait.
    var stuck: CheckFailure {
        CheckFailure(
            .internal,
            "all \(size) threads for blocking calls are busy and \(Self.maximumWaiting) calls wait: look for hung mounts and silent name servers"
        )
    }

    /// Runs blocking work on a thread of the pool, and returns when it has: a slot is taken until its call returns.
    ///
    /// Cancelled before it got a thread, it returns at once.
    ///
    /// - Parameter subject: calls about the same one come one after the other, so that all that hang take one thread.
    package func run<Value: Sendable>(
        _ phases: PhaseTimer,
        about subject: String? = nil,
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let (answer, ticket) = (OneAnswer<Value>(), Ticket())
        let job = Job(
            phases: phases,
            subject: subject,
            begin: { ticket.begin() },
            isWanted: { ticket.isWanted },
            work: { answer.give(Result { try work() }) },
            abandon: { answer.give(.failure(CancellationError())) }
        )
        guard enter(job) else { throw stuck }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.wait($0) }
        } onCancel: {
            if ticket.giveUp() { answer.give(.failure(CancellationError())) }
        }
    }

    /// At the end of the process: whoever waits for a call is answered, whatever its thread does, and nothing begins any more.
    package func abandonCalls() {
        let jobs = state.withLock { state in
            state.isAbandoned = true
            return Array(state.underWay.values)
        }
        for job in jobs { job.abandon() }
    }

    /// Hands work to the next free thread; false when too much waits already.
    ///
    /// Until a thread begins, the run is held up by this process, not by its target.
    func submit(_ phases: PhaseTimer, _ work: @escaping @Sendable () -> Void) -> Bool {
        enter(Job(phases: phases, subject: nil, begin: { true }, isWanted: { true }, work: work, abandon: {}))
    }

    /// Beats as soon as a thread is free; without a place in the queue, and without starting threads nobody needed yet.
    package func beat(_ watermark: Watermark) {
        let isStarted = state.withLock { $0.isStarted }
        guard isStarted else { return watermark.beat() }
        threads.submit { _ in watermark.beat() }
    }

    /// Begins with a job, or lets it wait; the first one starts the threads, and nobody submits before they are there.
    private func enter(_ job: Job) -> Bool {
        let (isTaken, begins) = state.withLock { state -> (Bool, Bool) in
            if state.isAbandoned { return (false, false) }
            if state.waiting.count + state.behindCount >= Self.maximumWaiting {
                state.forgetUnwanted()
                guard state.waiting.count + state.behindCount < Self.maximumWaiting else { return (false, false) }
            }
            if let subject = job.subject {
                if state.behind[subject] != nil {
                    // Its target is what holds it up, like the call before it.
                    state.behind[subject]?.append(job)
                    state.behindCount += 1
                    return (true, false)
                }
                state.behind[subject] = []
            }
            if !state.isStarted { threads.start() }
            state.isStarted = true
            job.phases.setHeldUp(true)
            guard state.busy < size else {
                state.waiting.append(job)
                return (true, false)
            }
            state.busy += 1
            return (true, true)
        }
        if begins { begin(job) }
        return isTaken
    }

    private func begin(_ job: Job) {
        threads.submit { [self] _ in
            job.phases.setHeldUp(false)
            let number = state.withLock { state in
                state.begun += 1
                state.underWay[state.begun] = job
                return state.begun
            }
            if job.begin() { job.work() }
            // By way of the queue of the threads, so that a beat that waits there gets its turn.
            if let next = finish(job, number) { begin(next) }
        }
    }

    /// Frees a thread, or gives it to the next job.
    private func finish(_ job: Job, _ number: Int) -> Job? {
        state.withLock { state in
            state.underWay[number] = nil
            if let subject = job.subject { state.advance(subject) }
            while let next = state.waiting.popFirst() {
                if next.isWanted() { return next }
                if let subject = next.subject { state.advance(subject) }
            }
            state.busy -= 1
            return nil
        }
    }
}

extension BlockingPool.State {
    /// A call about a subject has returned: the next one that somebody still waits for queues for a thread.
    fileprivate mutating func advance(_ subject: String) {
        while let next = behind[subject]?.popFirst() {
            behindCount -= 1
            guard next.isWanted() else { continue }
            next.phases.setHeldUp(true)
            waiting.append(next)
            return
        }
        behind[subject] = nil
    }

    /// Drops what nobody waits for any more.
    fileprivate mutating func forgetUnwanted() {
        for (subject, jobs) in behind {
            let wanted = jobs.filter { $0.isWanted() }
            behindCount -= jobs.count - wanted.count
            behind[subject] = Deque(wanted)
        }
        let unwanted = waiting.filter { !$0.isWanted() }
        waiting.removeAll { !$0.isWanted() }
        for job in unwanted { if let subject = job.subject { advance(subject) } }
    }
}

/// Decides whether a call begins or is given up first.
private final class Ticket: Sendable {
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
