package import HealthCore
import NIOPosix
import Synchronization

/// Threads for calls that block: file systems, `getaddrinfo`.
///
/// Bounded in threads and in what waits for them.
package final class BlockingPool: Sendable {
    private struct State {
        var isStarted = false
        var waiting = 0
        var busy = 0
    }

    /// More than this waits only when every thread is stuck.
    ///
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
    package var busyRatio: Double {
        Double(state.withLock { $0.busy }) / Double(size)
    }

    /// What is thrown when nothing more may wait.
    var stuck: CheckFailure { CheckFailure(.internal, "all \(size) threads for blocking calls are stuck") }

    /// Runs blocking work on a thread of the pool; returns at once when cancelled, whatever the thread does then.
    package func run<Value: Sendable>(
        _ phases: PhaseTimer,
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let answer = OneAnswer<Value>()
        let isTaken = submit(phases) {
            guard !answer.isGiven else { return }
            answer.give(Result { try work() })
        }
        guard isTaken else { throw stuck }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { answer.wait($0) }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    /// Hands work to the next free thread; false when too much waits already.
    ///
    /// Until a thread begins, the run is held up by this process, not by its target.
    func submit(_ phases: PhaseTimer, _ work: @escaping @Sendable () -> Void) -> Bool {
        guard enter() else { return false }
        phases.setHeldUp(true)
        threads.submit { [self] _ in
            phases.setHeldUp(false)
            begin()
            defer { end() }
            work()
        }
        return true
    }

    /// Beats as soon as a thread is free; without a place in the queue, and without starting threads nobody needed yet.
    package func beat(_ watermark: Watermark) {
        let isStarted = state.withLock { $0.isStarted }
        guard isStarted else { return watermark.beat() }
        threads.submit { _ in watermark.beat() }
    }

    /// Takes a place in the queue; the first one starts the threads, and nobody submits before they are there.
    private func enter() -> Bool {
        state.withLock { state in
            guard state.waiting < Self.maximumWaiting else { return false }
            if !state.isStarted { threads.start() }
            state.isStarted = true
            state.waiting += 1
            return true
        }
    }

    private func begin() {
        state.withLock {
            $0.waiting -= 1
            $0.busy += 1
        }
    }

    private func end() {
        state.withLock { $0.busy -= 1 }
    }
}

/// A continuation that gets the first of several answers, also one that comes before it waits.
package final class OneAnswer<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case early(Result<Value, any Error>)
        case given
    }

    private let state = Mutex(State.empty)

    package init() {}

    /// Whether an answer was given.
    package var isGiven: Bool {
        state.withLock { state in
            switch state {
            case .empty, .waiting: false
            case .early, .given: true
            }
        }
    }

    /// Resumes a continuation with the answer, now or when it comes.
    package func wait(_ continuation: CheckedContinuation<Value, any Error>) {
        let early = state.withLock { state -> Result<Value, any Error>? in
            if case .early(let result) = state {
                state = .given
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }

    /// Gives an answer; all but the first are dropped.
    package func give(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .empty: state = .early(result)
            case .waiting(let continuation):
                state = .given
                return continuation
            case .early, .given: break
            }
            return nil
        }
        continuation?.resume(with: result)
    }
}
