import Synchronization

/// The verdict that probes read, behind a lock of its own that is held only to copy it or to put what changed into it.
final class VerdictPublication: Sendable {
    private let verdict: Mutex<HealthVerdict>

    /// Publishes a first verdict.
    init(_ verdict: HealthVerdict) {
        self.verdict = Mutex(verdict)
    }

    /// The last verdict published.
    var current: HealthVerdict { verdict.withLock { $0 } }

    /// Publishes what changed on a board; constant time unless the list of causes is another one.
    ///
    /// Called with the lock of the board held, so that verdicts are published in order.
    func update(from board: inout StatusBoard, readiness: Readiness) {
        let (service, components) = (board.service.views.shown.service, board.service.views.counts)
        let validUntil = board.nextExpiry
        let startup = board.service.startup.readChange()
        let causes = board.readCauseChange()
        verdict.withLock { verdict in
            verdict.readiness = readiness
            verdict.service = service
            verdict.components = components
            verdict.validUntil = validUntil
            if let startup { verdict.startup = startup }
            switch causes {
            case .none: break
            case .entry(let position, let cause): verdict.causes[position] = cause
            case .all(let causes): verdict.causes = causes
            }
        }
    }
}

extension StatusBoard {
    /// What changed in the list of causes.
    fileprivate enum CauseChange {
        case none
        case entry(Int, HealthCause)
        case all([HealthCause])
    }

    fileprivate mutating func readCauseChange() -> CauseChange {
        switch service.causes.readChange() {
        case .none: return .none
        case .entry(let position, let check): return .entry(position, HealthCause(checks[check]))
        case .all:
            var causes: [HealthCause] = []
            causes.reserveCapacity(service.causes.entries.count)
            for entry in service.causes.entries {
                switch entry {
                case .check(let index): causes.append(HealthCause(checks[index]))
                case .drill(let index):
                    guard let drill = service.components[index].state.drill else { continue }
                    causes.append(HealthCause(drill, of: service.components[index]))
                }
            }
            return .all(causes)
        }
    }
}
