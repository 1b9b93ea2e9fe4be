package import HealthCore
import NIOPosix
import Synchronization

/// Threads for calls that block: file systems, `getaddrinfo`.
///
/// Bounded in threads and in what waits for them. A call that hangs keeps its thread, and whoever made it keeps waiting: calls
/// about the same subject come one after the other, so that however often it is asked for, it costs one thread.
package final class BlockingPool: Sendable {
    /// More than this waits only when every thread is stuck.
    private static let maximumWaiting = 10_000

    private let threads: NIOThreadPool
    private let purpose: Purpose
    private let state = Mutex(State())
    /// How many threads there are.
    package let size: Int

    package init(threads size: Int, for purpose: Purpose = .files) {
        self.size = size
        self.purpose = purpose
        threads = NIOThreadPool(numberOfThreads: size)
    }

    /// The share of threads that are busy, 0 to 1.
    package var busyRatio: Double { Double(busy) / Double(size) }

    /// How many threads are busy.
    package var busy: Int { state.withLock { $0.busy } }

    /// How many calls wait for one about the same subject.
    var waitingForTheSame: Int { state.withLock { $0.behindCount } }

    /// What is thrown when nothing more may wait.
    var stuck: CheckFailure {
        CheckFailure(
            .internal,
            "all \(size) threads for \(purpose) are busy and \(Self.maximumWaiting) calls wait: \(purpose.advice)"
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

    /// At the end of the process: whoever waits for a call, or for its beginning, is answered, whatever its thread does, and
    /// nothing begins any more.
    package func abandonCalls() {
        let jobs = state.withLock { state in
            state.isAbandoned = true
            return state.removeWaiting() + state.underWay.values
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
            guard state.hasPlace(Self.maximumWaiting, heldUpBy: purpose.shortage) else { return (false, false) }
            guard state.mayQueue(job) else { return (true, false) }
            if !state.isStarted { threads.start() }
            state.isStarted = true
            job.phases.setHeldUp(by: purpose.shortage)
            return (true, state.takeThread(of: size, job))
        }
        if begins { begin(job) }
        return isTaken
    }

    private func begin(_ job: Job) {
        threads.submit { [self] _ in
            job.phases.setHeldUp(false)
            let number = state.withLock { $0.begin(job) }
            if number == nil { job.abandon() } else { job.work() }
            // By way of the queue of the threads, so that a beat that waits there gets its turn.
            if let next = finish(job, number) { begin(next) }
        }
    }

    /// Frees a thread, or gives it to the next job.
    private func finish(_ job: Job, _ number: Int?) -> Job? {
        state.withLock { $0.finish(job, number, heldUpBy: purpose.shortage) }
    }
}
