import HealthChecks
import HealthCore
import HealthTesting
import Logging
import NIOCore
import NIOPosix

@testable import HealthExporter

/// An exporter whose listeners are fed, on a clock that stands still; nothing runs.
struct ExporterStage {
    private static let text = """
        service: {name: s, environment: t, version: "1", instance: i}
        components:
          db: {checks: {primary: {kind: tcp, address: "db.example:5432"}}}
          worker:
            impact: optional
            checks:
              open: {kind: heartbeat, within: 1h}
              closed: {kind: heartbeat, within: 1h, token: sesame}
        flags: {shop: {requires: [db], default: false}}

        """

    /// One for the whole process: what requests change, such as drills, stays.
    static let shared: ExporterStage = {
        do { return try ExporterStage() } catch { fail("the configuration of the stage: \(error)") }
    }()

    private let clock = ManualClock()
    /// All of it but what runs.
    let exporter: Exporter<ManualClock>

    private init() throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let timeline = Timeline(clock: clock, wallClock: ManualWallClock(following: clock))
        let sources = ConfigurationSources(environment: { _ in nil }, group: group, time: timeline)
        let bytes = Array(Self.text.utf8)
        let silent = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
        let loader = ConfigurationLoader(sources: sources)
        exporter = Exporter(
            configuration: try loader.load(bytes, file: "fuzz.yaml", baseDirectory: "/tmp"),
            environment: ExporterEnvironment(
                timeline: timeline,
                group: group,
                log: LogOutput(writer: LogWriter(descriptor: 2), logger: silent),
                termination: Termination(),
                abandonRuns: { _ in }
            )
        )
        for task in ListenerAddresses.startupTasks(servesMain: true) { exporter.finishStartup(task: task) }
        endReloads()
    }

    /// Nothing runs here that would answer a reload.
    private func endReloads() {
        let exporter = exporter
        wait {
            await withTaskGroup(of: Void.self) { group in
                let (requests, continuation) = AsyncStream.makeStream(of: Void.self)
                continuation.finish()
                group.addTask { await exporter.endpoints.reloader.run(requests: requests) }
                group.cancelAll()
            }
        }
    }
}
