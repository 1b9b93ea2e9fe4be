import HealthChecks
import HealthCore
import HealthTesting
import NIOPosix
import Synchronization
import Testing

@testable import HealthExporter

/// Which threads runs are executed on, while the scheduler is on an event loop.
@Suite(.timeLimit(.minutes(5))) struct RunExecutorTests {
    private final class Observation: Sendable {
        let value = Mutex<Bool?>(nil)
    }

    @Test func aCheckOfTheProgramLeavesTheLoopOfTheSchedulerAlone() async throws {
        let (stage, wasOnLoop) = (try EndpointStage(), Observation())
        let check = ScriptedCheck { _ in
            wasOnLoop.value.withLock { $0 = MultiThreadedEventLoopGroup.currentEventLoop != nil }
            return CheckReport(.success)
        }
        let registry = try CheckRegistry.make(.make("db", checks: [.make("db/primary", check: check)]))
        let (pipeline, scheduler) = (stage.exporter.checks.pipeline, stage.exporter.checks.scheduler)
        pipeline.apply(registry)
        scheduler.apply(registry)
        let executor = try #require(stage.configuration.resources?.executors.first)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: executor) { await scheduler.run() }
            while wasOnLoop.value.withLock({ $0 }) == nil {
                stage.clock.advance(by: .milliseconds(10))
                try await Task.sleep(for: .milliseconds(1))
            }
            scheduler.finish()
        }
        #expect(wasOnLoop.value.withLock { $0 } == false)
    }
}
