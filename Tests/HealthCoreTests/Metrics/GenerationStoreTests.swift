import Foundation
import HealthCore
import HealthTesting
import Synchronization
import Testing

/// Status and metrics of one generation, whichever thread copies them and whenever.
@Suite struct GenerationStoreTests {
    /// A store with one failing component, and a hook that is called in the middle of whatever changes a status.
    private final class Stage: Sendable {
        let time = ManualTime()
        let recorder = MetricsRecorder(
            identity: ServiceIdentity(name: "s", environment: "e", version: "v", instance: "i")
        )
        let status: StatusStore
        let generations: GenerationStore
        private let hook: Hook

        final class Hook: Sendable {
            private let action = Mutex<(@Sendable () -> Void)?>(nil)

            func set(_ new: (@Sendable () -> Void)?) { action.withLock { $0 = new } }

            func call() {
                // Once: what it does may change a status, too.
                let action = action.withLock { action in
                    defer { action = nil }
                    return action
                }
                action?()
            }
        }

        init() throws {
            let hook = Hook()
            self.hook = hook
            status = StatusStore(time: time) { _ in hook.call() }
            generations = GenerationStore(status: status, recorder: recorder)
            let registry = try Self.registry("a", "b")
            generations.apply(registry)
            for (handle, _, _) in registry.checks {
                _ = status.publish(.make(.failure, at: time.moment), of: handle)
                recorder.record(.make(.failure, at: time.moment), of: handle)
            }
        }

        /// Components whose checks have other bounds in each registry.
        static func registry(_ names: String..., timeout: Duration = .seconds(2)) throws -> CheckRegistry {
            var registry = CheckRegistry()
            for name in names {
                let schedule = Schedule(interval: .seconds(10), timeout: timeout)
                try registry.add(.make(name, checks: [.make("\(name)/primary", schedule: schedule)]))
            }
            return registry
        }

        /// Does something on a thread of its own while a status is changing, and waits for it as long as it can come back at all.
        func whileChanging(_ action: @escaping @Sendable () -> Void) -> Signal {
            let done = Signal()
            hook.set {
                Thread.detachNewThread {
                    action()
                    done.signal()
                }
                done.wait(milliseconds: 200)
            }
            return done
        }
    }

    /// Tells one thread that another one is done.
    private final class Signal: Sendable {
        private let isDone = Mutex(false)

        func signal() { isDone.withLock { $0 = true } }

        func wait(milliseconds: Int) {
            for _ in 0..<milliseconds where !isDone.withLock({ $0 }) { Thread.sleep(forTimeInterval: 0.001) }
        }
    }

    private static func isOneGeneration(_ snapshot: GenerationStore.Snapshot) -> Bool {
        !snapshot.health.checks.isEmpty
            && Set(snapshot.health.checks.map(\.handle)) == Set(snapshot.metrics.checks.keys)
            && snapshot.health.components.allSatisfy { component in
                snapshot.health.checks[component.checks].allSatisfy {
                    let bounds = Buckets.bounds(for: component.registration)
                    return snapshot.metrics.checks[$0.handle]?.latency.has(bounds: bounds) ?? false
                }
            }
    }

    @Test func aCopyInTheMiddleOfAReloadIsOfOneGeneration() throws {
        let stage = try Stage()
        let seen = Mutex<[Bool]>([])
        let done = stage.whileChanging {
            let snapshot = stage.generations.snapshot()
            seen.withLock { $0.append(Self.isOneGeneration(snapshot)) }
        }
        // Without `a` the status of the service becomes another one: the hook is called before the recorder knows.
        var registry = try Stage.registry("c", timeout: .seconds(5))
        registry.replace(try Stage.registry("a", "b"), unchanged: [])
        stage.generations.apply(registry)
        done.wait(milliseconds: 60_000)
        #expect(seen.withLock { $0 } == [true])
    }

    @Test func aReloadInTheMiddleOfACopyLeavesItOneGeneration() throws {
        let stage = try Stage()
        var registry = try Stage.registry("c", timeout: .seconds(5))
        registry.replace(try Stage.registry("a", "b"), unchanged: [])
        let next = registry
        let done = stage.whileChanging { stage.generations.apply(next) }
        // The statuses have become too old: a copy changes them, and calls the hook.
        stage.time.advance(by: .seconds(3600))
        let snapshot = stage.generations.snapshot()
        #expect(Self.isOneGeneration(snapshot))
        done.wait(milliseconds: 60_000)
        #expect(stage.generations.snapshot().health.checks.count == 1)
        #expect(Self.isOneGeneration(stage.generations.snapshot()))
    }

    @Test func aPageOfTwoGenerationsStopsTheProgram() async {
        await #expect(processExitsWith: .failure) {
            let stage = try Stage()
            let old = stage.generations.snapshot()
            stage.generations.apply(try Stage.registry("c"))
            _ = Scrape(
                identity: ServiceIdentity(name: "s", environment: "e", version: "v", instance: "i"),
                health: old.health,
                metrics: stage.generations.snapshot().metrics,
                now: .zero
            )
        }
    }
}
