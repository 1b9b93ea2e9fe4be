import HealthCore
import HealthTesting
import Synchronization
import Testing

/// Events leave in the order of the lock, whichever thread brings them.
@Suite struct EventOrderTests {
    /// Remembers changes of checks; while it is told of the first one, something else happens.
    private final class Listener: Sendable {
        private struct State {
            var changes: [String] = []
            var interruption: (@Sendable () -> Void)?
        }

        private let state = Mutex(State())

        var changes: [String] { state.withLock { $0.changes } }

        func interrupt(with action: @escaping @Sendable () -> Void) {
            state.withLock { $0.interruption = action }
        }

        func hear(_ events: [StatusEvent]) {
            let action = state.withLock { state in
                defer { state.interruption = nil }
                return state.interruption
            }
            action?()
            let changes = events.compactMap { event -> String? in
                if case .checkChanged(let change) = event { "\(change.change.from) \(change.change.to)" } else { nil }
            }
            state.withLock { $0.changes += changes }
        }
    }

    private func stage(_ listener: Listener) throws -> (store: StatusStore, handle: CheckHandle) {
        let registry = try CheckRegistry.make(
            .make("db", checks: [.make("db/primary", thresholds: Thresholds(failure: 1))])
        )
        let store = StatusStore(time: ManualTime()) { listener.hear($0) }
        store.apply(registry)
        return (store, try #require(registry.checks.first?.handle))
    }

    @Test func whatHappensWhileAnEventIsToldIsToldAfterIt() throws {
        let listener = Listener()
        let (store, handle) = try stage(listener)
        listener.interrupt { _ = store.publish(.make(.failure), of: handle) }
        _ = store.publish(.make(.success), of: handle)
        #expect(listener.changes == ["unknown healthy", "healthy unhealthy"])
    }

    @Test func manyThreadsTellOneStory() async throws {
        let listener = Listener()
        let (store, handle) = try stage(listener)
        await withTaskGroup(of: Void.self) { group in
            for kind in [ResultKind.success, .failure, .degraded, .success, .failure, .degraded] {
                group.addTask { @concurrent in
                    for _ in 0..<500 { _ = store.publish(.make(kind), of: handle) }
                }
            }
        }
        let changes = listener.changes
        #expect(changes.count > 1 && changes.count == store.status(of: handle)?.state.transitions)
        for (change, next) in zip(changes, changes.dropFirst()) {
            #expect(change.split(separator: " ").last == next.split(separator: " ").first)
        }
    }
}
