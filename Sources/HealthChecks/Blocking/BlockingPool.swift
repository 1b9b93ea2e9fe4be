package import HealthCore
import NIOPosix
import Synchronization

/// Threads for calls that block, such as those of file systems and `getaddrinfo`.
///
/// Their number is bounded, and so is the number of calls that wait for one. A call that hangs keeps its thread until it returns,
/// and its caller keeps waiting. Calls about the same subject run one after the other, so that a target that hangs takes one
/// thread, however often it is called.
package final class BlockingPool: Sendable {
    private struct State {
        var queue: BlockingQueue
        var isStarted = false
    }

    /// More calls than these wait only when every thread is blocked.
    private static let maximumWaiting = 10_000

    private let threads: NIOThreadPool
    private let purpose: BlockingPurpose
    private let state: Mutex<State>
    /// How many threads there are.
    package let size: Int

    /// Threads that start with the first call.
    package init(threads size: Int, for purpose: BlockingPurpose = .files) {
        self.size = size
        self.purpose = purpose
        threads = NIOThreadPool(numberOfThreads: size)
        let queue = BlockingQueue(threads: size, capacity: Self.maximumWaiting, shortage: purpose.shortage)
        state = Mutex(State(queue: queue))
    }

    /// The share of threads that are busy, 0 to 1.
    package var busyRatio: Double { Double(busy) / Double(size) }

    /// How many threads are busy.
    package var busy: Int { state.withLock { $0.queue.busy } }

    /// How many calls wait for one about the same subject.
    var blockedCount: Int { state.withLock { $0.queue.blockedCount } }

    /// Why a run gets no thread.
    var shortage: String { purpose.shortage }

    /// What is thrown when no more calls may wait.
    var full: CheckFailure {
        CheckFailure(
            .internal,
            "all \(size) threads for \(purpose) are busy and \(Self.maximumWaiting) calls wait: \(purpose.advice)"
        )
    }

    /// Runs a blocking call on a thread of the pool, and returns when the call has returned.
    ///
    /// When the task is cancelled before the call began, `run` throws at once.
    ///
    /// - Parameters:
    ///   - phases: learns whether the run waits for a thread.
    ///   - subject: calls about the same subject run one after the other.
    package func run<Value: Sendable>(
        _ phases: PhaseTimer,
        about subject: String? = nil,
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let (result, lifecycle) = (FirstResult<Value>(), BlockingCall.Lifecycle())
        let call = BlockingCall(
            phases: phases,
            subject: subject,
            begin: { lifecycle.begin() },
            isWanted: { !lifecycle.isCancelled },
            work: { result.set(Result { try work() }) },
            abandon: { result.set(.failure(CancellationError())) }
        )
        guard enter(call) else { throw full }
        return try await withTaskCancellationHandler {
            try await result.value()
        } onCancel: {
            if lifecycle.cancel() { result.set(.failure(CancellationError())) }
        }
    }

    /// Ends the wait for all calls at the end of the process, whatever their threads do; nothing begins any more.
    package func abandonCalls() {
        let calls = state.withLock { $0.queue.close() }
        for call in calls { call.abandon() }
    }

    /// Hands work to the next free thread; false when too many calls wait already.
    ///
    /// Until a thread begins, the run waits for this process and not for its target.
    func submit(_ phases: PhaseTimer, _ work: @escaping @Sendable () -> Void) -> Bool {
        enter(BlockingCall(phases: phases, subject: nil, begin: { true }, isWanted: { true }, work: work, abandon: {}))
    }

    /// Advances a counter as soon as a thread is free; without a place in the queue, and without starting the threads.
    package func advance(_ progress: ProgressCounter) {
        let isStarted = state.withLock { $0.isStarted }
        guard isStarted else { return progress.advance() }
        threads.submit { _ in progress.advance() }
    }

    /// Begins with a call, or lets it wait; the threads start with the first call, before anything is submitted to them.
    private func enter(_ call: BlockingCall) -> Bool {
        let admission = state.withLock { state in
            let admission = state.queue.admit(call)
            if admission == .runs, !state.isStarted {
                threads.start()
                state.isStarted = true
            }
            return admission
        }
        if admission == .runs { begin(call) }
        return admission != .refused
    }

    private func begin(_ call: BlockingCall) {
        threads.submit { [self] _ in
            call.phases.setBlocked(false)
            let number = state.withLock { $0.queue.begin(call) }
            if number == nil { call.abandon() } else { call.work() }
            // Submitted and not run right here, so that a progress counter that waits for a thread gets its turn.
            if let next = state.withLock({ $0.queue.finish(call, number: number) }) { begin(next) }
        }
    }
}
