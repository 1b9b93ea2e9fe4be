import HealthCore
import NIOCore
import Synchronization

/// Lookups under way, by name: a run that needs a name that is being looked up waits for the same result.
///
/// So a name whose server is silent takes one thread, however many checks need it and however often.
final class SharedLookups: Sendable {
    /// What is looked up.
    struct Name: Hashable, Sendable {
        /// A host name.
        let host: String
        /// Which of its addresses are wanted.
        let version: IPVersion
    }

    private struct Waiter {
        let result: FirstResult<[SocketAddress]>
        let phases: PhaseTimer
    }

    private struct Lookup {
        /// Those who came before it began.
        var waiters: [Waiter] = []
        /// Those who came after it began: a failure may be older than their run.
        var lateWaiters: [Waiter] = []
        var hasThread = false
    }

    private let lookups = Mutex<[Name: Lookup]>([:])

    /// The addresses that a lookup under way finds, or a new one; throws at once when the task is cancelled.
    ///
    /// - Parameters:
    ///   - pool: where a new lookup runs.
    ///   - phases: learns whether the run waits for a thread of the pool.
    ///   - lookup: finds the addresses; blocks its thread.
    func addresses(
        of name: Name,
        pool: BlockingPool,
        phases: PhaseTimer,
        lookup: @escaping @Sendable () throws -> [SocketAddress]
    ) async throws -> [SocketAddress] {
        let result = FirstResult<[SocketAddress]>()
        if join(name, Waiter(result: result, phases: phases), shortage: pool.shortage) {
            let isAccepted = pool.submit(phases) { [self] in
                begin(name)
                while !complete(name, with: Result { try lookup() }) {}
            }
            if !isAccepted { refuse(name, with: pool.full) }
        }
        return try await withTaskCancellationHandler {
            try await result.value()
        } onCancel: {
            result.set(.failure(CancellationError()))
        }
    }

    /// How many runs wait that came after the lookup of a name had begun.
    func lateWaiterCount(of name: Name) -> Int {
        lookups.withLock { $0[name]?.lateWaiters.count ?? 0 }
    }

    /// True for the first to need the name.
    private func join(_ name: Name, _ waiter: Waiter, shortage: String) -> Bool {
        lookups.withLock { lookups in
            let underWay = lookups[name]
            var lookup = underWay ?? Lookup()
            // Until it has a thread, all that share a lookup wait for this process.
            waiter.phases.setBlocked(by: lookup.hasThread ? nil : shortage)
            if lookup.hasThread { lookup.lateWaiters.append(waiter) } else { lookup.waiters.append(waiter) }
            lookups[name] = lookup
            return underWay == nil
        }
    }

    private func begin(_ name: Name) {
        let waiters = lookups.withLock { lookups in
            lookups[name]?.hasThread = true
            return lookups[name]?.waiters ?? []
        }
        for waiter in waiters { waiter.phases.setBlocked(false) }
    }

    /// Delivers a result; false when the name has to be looked up once more, because it is a failure that began before
    /// somebody came who still waits.
    private func complete(_ name: Name, with result: Result<[SocketAddress], any Error>) -> Bool {
        let (waiters, isDone) = lookups.withLock { lookups -> ([Waiter], Bool) in
            guard let lookup = lookups.removeValue(forKey: name) else { return ([], true) }
            let late = lookup.lateWaiters.filter { !$0.result.isSet }
            if case .failure = result, !late.isEmpty {
                lookups[name] = Lookup(waiters: late, hasThread: true)
                return (lookup.waiters, false)
            }
            return (lookup.waiters + lookup.lateWaiters, true)
        }
        deliver(result, to: waiters)
        return isDone
    }

    private func refuse(_ name: Name, with failure: CheckFailure) {
        let waiters = lookups.withLock { $0.removeValue(forKey: name)?.waiters ?? [] }
        deliver(.failure(failure), to: waiters)
    }

    private func deliver(_ result: Result<[SocketAddress], any Error>, to waiters: [Waiter]) {
        for waiter in waiters {
            waiter.phases.setBlocked(false)
            waiter.result.set(result)
        }
    }
}
