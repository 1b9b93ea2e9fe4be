import HealthCore
import NIOCore
import Synchronization

/// Lookups under way, by name: who asks for a name that is being looked up waits for that answer.
///
/// So a name whose server is silent takes one thread, however many checks ask for it and however often.
final class SharedLookups: Sendable {
    /// What is looked up.
    struct Question: Hashable, Sendable {
        let host: String
        let version: IPVersion
    }

    private struct Asker {
        let answer: OneAnswer<[SocketAddress]>
        let phases: PhaseTimer
    }

    private struct Lookup {
        var askers: [Asker] = []
        /// Who asked after it had begun: a failure may be older than their question.
        var late: [Asker] = []
        var hasThread = false
    }

    private let lookups = Mutex<[Question: Lookup]>([:])

    /// The answer of a lookup under way, or of a new one; returns at once when cancelled.
    func answer(
        to question: Question,
        on pool: BlockingPool,
        _ phases: PhaseTimer,
        _ look: @escaping @Sendable () throws -> [SocketAddress]
    ) async throws -> [SocketAddress] {
        let mine = OneAnswer<[SocketAddress]>()
        if join(question, Asker(answer: mine, phases: phases)) {
            let isTaken = pool.submit(phases) { [self] in
                begin(question)
                while !give(Result { try look() }, to: question) {}
            }
            if !isTaken { refuse(question, with: pool.stuck) }
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { mine.wait($0) }
        } onCancel: {
            mine.give(.failure(CancellationError()))
        }
    }

    /// How many asked after the lookup under way had begun.
    func lateAskers(of question: Question) -> Int {
        lookups.withLock { $0[question]?.late.count ?? 0 }
    }

    /// True for the first to ask.
    private func join(_ question: Question, _ asker: Asker) -> Bool {
        lookups.withLock { lookups in
            let underWay = lookups[question]
            var lookup = underWay ?? Lookup()
            // Like the first, the others wait for a thread of this process.
            asker.phases.setHeldUp(by: lookup.hasThread ? nil : BlockingPool.Purpose.names.shortage)
            if lookup.hasThread { lookup.late.append(asker) } else { lookup.askers.append(asker) }
            lookups[question] = lookup
            return underWay == nil
        }
    }

    private func begin(_ question: Question) {
        let askers = lookups.withLock { lookups in
            lookups[question]?.hasThread = true
            return lookups[question]?.askers ?? []
        }
        for asker in askers { asker.phases.setHeldUp(false) }
    }

    /// Hands out a result; false when it has to be looked up once more, because it is a failure that began before somebody
    /// asked who still waits.
    private func give(_ result: Result<[SocketAddress], any Error>, to question: Question) -> Bool {
        let (askers, isDone) = lookups.withLock { lookups -> ([Asker], Bool) in
            guard let lookup = lookups.removeValue(forKey: question) else { return ([], true) }
            let waiting = lookup.late.filter { !$0.answer.isGiven }
            if case .failure = result, !waiting.isEmpty {
                lookups[question] = Lookup(askers: waiting, hasThread: true)
                return (lookup.askers, false)
            }
            return (lookup.askers + lookup.late, true)
        }
        answer(askers, with: result)
        return isDone
    }

    private func refuse(_ question: Question, with failure: CheckFailure) {
        let askers = lookups.withLock { $0.removeValue(forKey: question)?.askers ?? [] }
        answer(askers, with: .failure(failure))
    }

    private func answer(_ askers: [Asker], with result: Result<[SocketAddress], any Error>) {
        for asker in askers {
            asker.phases.setHeldUp(false)
            asker.answer.give(result)
        }
    }
}
