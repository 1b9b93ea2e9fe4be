import HealthCore
import HealthTesting
import Logging
import Synchronization
import Testing

@testable import HealthExporter

/// What the scheduler reports reaches status, metrics and logs, in this order.
struct ResultPipelineTests {
    /// Keeps the event and level of each line.
    private struct Handler: LogHandler {
        let lines: Lines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let name = event.metadata?["event"].map { "\($0)" } ?? ""
            lines.texts.withLock { $0.append("\(name) \(event.level)") }
        }
    }

    private final class Lines: Sendable {
        let texts = Mutex<[String]>([])

        func drain() -> [String] {
            texts.withLock { texts in
                defer { texts = [] }
                return texts
            }
        }
    }

    /// A pipeline with one check that one failure makes unhealthy.
    private struct Stage {
        let lines = Lines()
        let time = ManualTime()
        let pipeline: ResultPipeline
        let store: StatusStore
        let handle: CheckHandle

        init(maintenance: Bool = false) throws {
            let logger = ResultLogger(logger: Logger(label: "test") { [lines] _ in Handler(lines: lines) })
            store = StatusStore(time: time, report: logger.log)
            let identity = ServiceIdentity(name: "a", environment: "b", version: "c", instance: "d")
            pipeline = ResultPipeline(
                store: store,
                recorder: MetricsRecorder(identity: identity),
                history: HistoryStore(time: time),
                logger: logger
            )
            var registry = try CheckRegistry.make(.make("db", checks: [.make("db/a", thresholds: .init(failure: 1))]))
            if maintenance {
                let start = Timestamp.newYear2026
                try registry.add(
                    MaintenanceWindow(
                        components: nil,
                        time: .once(from: start, until: start.advanced(by: .seconds(60)))
                    )
                )
            }
            pipeline.apply(registry)
            handle = try #require(registry.checks.first?.handle)
            _ = lines.drain()
        }
    }

    @Test func aResultIsLoggedAfterTheChangesThatItMakes() throws {
        let stage = try Stage()
        let first = stage.pipeline.publish(.make(.success), of: stage.handle)
        #expect(!first)
        #expect(
            stage.lines.drain() == [
                "check.status_changed debug", "component.status_changed debug", "service.status_changed debug",
                "exporter.ready info", "probe.changed notice", "check.run debug",
            ]
        )
        let metrics = stage.pipeline.generations.snapshot().metrics
        #expect(metrics.checks[stage.handle]?.counts.runs[ResultKind.success.index] == 1)
    }

    @Test func anOverdueRunIsLoggedBeforeTheChangeThatItsSlotMakes() throws {
        let stage = try Stage()
        _ = stage.pipeline.publish(.make(.success), of: stage.handle)
        _ = stage.lines.drain()
        let disagrees = stage.pipeline.skipped(stage.handle, .overlap, overdue: true, at: .seconds(10))
        #expect(!disagrees)
        #expect(stage.lines.drain().prefix(2) == ["check.overrun warning", "check.status_changed error"])
        _ = stage.pipeline.skipped(stage.handle, .overlap, overdue: true, at: .seconds(20))
        #expect(stage.lines.drain().isEmpty, "it is logged once in ten minutes")
        let metrics = stage.pipeline.generations.snapshot().metrics
        #expect(metrics.checks[stage.handle]?.counts.skips[SkipReason.overlap.index] == 2)
    }

    @Test(arguments: [(false, "warning"), (true, "notice")])
    func whatIsSuppressedIsLoggedAtNotice(isSuppressed: Bool, level: String) throws {
        let stage = try Stage(maintenance: isSuppressed)
        _ = stage.pipeline.skipped(stage.handle, .overlap, overdue: true, at: .seconds(10))
        #expect(stage.lines.drain().first == "check.overrun \(level)")
        stage.pipeline.circuitChanged(stage.handle, to: .open)
        #expect(stage.lines.drain() == ["circuit.opened \(level)"])
    }

    @Test func aSlotThatAnOpenCircuitLeavesOutKeepsTheStatusFresh() throws {
        let stage = try Stage()
        _ = stage.pipeline.publish(.make(.success), of: stage.handle)
        stage.time.advance(by: .seconds(20))
        _ = stage.pipeline.skipped(stage.handle, .circuitOpen, overdue: false, at: stage.time.moment)
        stage.time.advance(by: .seconds(20))
        #expect(stage.store.status(of: stage.handle)?.state.status == .healthy)
        #expect(stage.pipeline.expire(at: stage.time.moment) == .seconds(42))
    }

    @Test func aCheckThatIsGoneIsNoLongerLogged() throws {
        let stage = try Stage()
        stage.pipeline.apply(try CheckRegistry.make(.make("other")))
        _ = stage.lines.drain()
        let disagrees = stage.pipeline.publish(.make(.failure), of: CheckHandle(number: 99))
        stage.pipeline.circuitChanged(CheckHandle(number: 99), to: .closed)
        stage.pipeline.returned(CheckHandle(number: 99), late: .seconds(1))
        #expect(!disagrees && stage.lines.drain().isEmpty)
    }
}
