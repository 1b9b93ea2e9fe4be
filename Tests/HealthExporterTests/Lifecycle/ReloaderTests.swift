import Foundation
import HealthCore
import HealthTesting
import Synchronization
import Testing

@testable import HealthExporter

/// When the configuration is reloaded, in virtual time.
struct ReloaderTests {
    private typealias Stage = RunningConfigurationTests.Stage

    /// A reloader whose loads run when the test says so, or at once.
    private final class Rig: Sendable {
        let simulation = Simulation()
        let stage: Stage
        let reloader: Reloader<ManualClock>
        let signals: AsyncStream<Void>.Continuation
        private let requests: AsyncStream<Void>
        private let results = Mutex<[ReloadResult]>([])
        private let loads: Loads

        /// Work that was offloaded.
        private final class Loads: Sendable {
            let waiting = Mutex<[@Sendable () -> Void]>([])
        }

        init(_ stage: Stage, runsLoads: Bool = true) throws {
            self.stage = stage
            let loads = Loads()
            self.loads = loads
            reloader = Reloader(try stage.running(), timeline: simulation.timeline()) { work in
                if runsLoads { work() } else { loads.waiting.withLock { $0.append(work) } }
            }
            (requests, signals) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        }

        /// How many loads there were.
        var loadCount: Int { stage.checksReplaced.count }

        var reloads: [ReloadResult] { results.withLock { $0 } }

        /// Starts the reloader; the task that it returns ends it.
        func start() -> Task<Void, Never> {
            let task = simulation.spawn { [self] in await reloader.run(requests: requests) }
            simulation.drain()
            return task
        }

        /// Requests a load, and keeps its result.
        func request() {
            simulation.spawn { [self] in
                let result = await reloader.reload()
                results.withLock { $0.append(result) }
            }
            simulation.drain()
        }

        /// Lets the loads run that wait.
        func runLoads() {
            let work = loads.waiting.withLock { waiting in
                defer { waiting = [] }
                return waiting
            }
            for work in work { work() }
            simulation.drain()
        }

        func end(_ task: Task<Void, Never>) {
            task.cancel()
            signals.finish()
            simulation.drain()
        }
    }

    private static let text = "components: {a: {checks: {x: {kind: memory}}}}\n"

    private static func isReloaded(_ result: ReloadResult) -> Bool {
        if case .reloaded = result { return true }
        return false
    }

    private static func isStopped(_ result: ReloadResult) -> Bool {
        if case .stopped = result { return true }
        return false
    }

    @Test func aRequestIsAnsweredWithTheResultOfItsLoad() throws {
        let rig = try Rig(Stage(Self.text))
        let task = rig.start()
        #expect(rig.loadCount == 0, "nothing is loaded without a request")
        rig.request()
        #expect(rig.loadCount == 1 && rig.reloads.count == 1 && Self.isReloaded(rig.reloads[0]))
        rig.stage.write("nonsense: 1\n")
        rig.request()
        guard case .refused(let error) = rig.reloads.last else { return #expect(Bool(false), "it was accepted") }
        #expect(error.problems.count == 2, "an unknown key, and no components")
        rig.end(task)
    }

    @Test func requestsThatComeDuringALoadShareTheNextOne() throws {
        let rig = try Rig(Stage(Self.text), runsLoads: false)
        let task = rig.start()
        rig.request()
        for _ in 0..<5 { rig.request() }
        rig.runLoads()
        #expect(rig.loadCount == 1 && rig.reloads.count == 1, "the others came too late for it")
        rig.runLoads()
        #expect(rig.loadCount == 2 && rig.reloads.count == 6)
        rig.runLoads()
        #expect(rig.loadCount == 2)
        rig.end(task)
    }

    @Test func aSignalLoadsAndManyAtOnceAreFewLoads() throws {
        let rig = try Rig(Stage(Self.text))
        let task = rig.start()
        rig.signals.yield(())
        rig.simulation.drain()
        #expect(rig.loadCount == 1)
        for _ in 0..<100 { rig.signals.yield(()) }
        rig.simulation.drain()
        #expect(rig.loadCount == 2)
        rig.end(task)
    }

    @Test func filesAreInspectedEveryTenSeconds() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("1".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let path = file.path
        let rig = try Rig(Stage(Self.text) { [HealthExporter.SourceFile(path: path)] })
        let task = rig.start()
        rig.simulation.run(until: .seconds(35))
        #expect(rig.loadCount == 0, "an unchanged file is not loaded")
        try Data("2".utf8).write(to: file)
        rig.simulation.run(until: .seconds(39.9))
        #expect(rig.loadCount == 0)
        rig.simulation.run(until: .seconds(40))
        #expect(rig.loadCount == 1)
        rig.simulation.run(until: .seconds(100))
        #expect(rig.loadCount == 1)
        rig.end(task)
    }

    @Test func aRequestDoesNotMoveTheInspectionsOfFiles() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try Data("1".utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let path = file.path
        let rig = try Rig(Stage(Self.text) { [HealthExporter.SourceFile(path: path)] })
        let task = rig.start()
        rig.simulation.run(until: .seconds(9))
        rig.request()
        try Data("2".utf8).write(to: file)
        rig.simulation.run(until: .seconds(10))
        #expect(rig.loadCount == 2)
        rig.end(task)
    }

    @Test func whoeverWaitsAtTheEndLearnsThatTheExporterStops() throws {
        let rig = try Rig(Stage(Self.text), runsLoads: false)
        let task = rig.start()
        rig.request()
        rig.request()
        rig.end(task)
        #expect(rig.reloads.count == 2 && rig.reloads.allSatisfy(Self.isStopped), "a load that hangs is abandoned")
        rig.request()
        #expect(rig.reloads.count == 3 && Self.isStopped(rig.reloads[2]))
        rig.runLoads()
        #expect(rig.reloads.count == 3, "what the abandoned load comes to is nobody's result")
    }

    @Test func aRequestBeforeTheStartIsAnsweredAfterIt() throws {
        let rig = try Rig(Stage(Self.text))
        rig.request()
        #expect(rig.reloads.isEmpty)
        let task = rig.start()
        #expect(rig.reloads.count == 1 && Self.isReloaded(rig.reloads[0]))
        rig.end(task)
    }
}
