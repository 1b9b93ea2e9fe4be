import HealthCore
import NIOCore

/// Looks how the process itself is: event loops, cooperative pool, blocking pool, open files, queues.
struct RuntimeCheck: HealthCheck {
    let eventLoopLag: ThresholdPair<Duration>?
    let cooperativePoolLag: ThresholdPair<Duration>?
    let blockingPoolBusy: ThresholdPair<Double>?
    let openFiles: ThresholdPair<Double>?
    let queues: [(name: String, thresholds: ThresholdPair<Double>)]
    let resources: CheckResources

    /// What one look saw.
    struct Sample: Sendable {
        var eventLoopLag: Duration
        var cooperativePoolLag: Duration
        var blockingPoolBusy: Double
        /// Nil when the system doesn't tell.
        var openFiles: Double?
        /// By name, in the order of the configuration.
        var queues: [(name: String, depth: Int)] = []
    }

    static let loopLag = Measurement(
        name: "health_runtime_event_loop_lag_seconds",
        help: "How long the slowest event loop took to begin a task."
    )
    static let poolLag = Measurement(
        name: "health_runtime_cooperative_pool_lag_seconds",
        help: "How long the cooperative pool took to begin a task."
    )
    static let poolBusy = Measurement(
        name: "health_runtime_blocking_pool_busy_ratio",
        help: "Threads for blocking calls that are busy, over all."
    )
    static let openRatio = Measurement(
        name: "health_runtime_open_files_ratio",
        help: "Open file descriptors over their limit."
    )

    var measurements: [Measurement] {
        [Self.loopLag, Self.poolLag, Self.poolBusy, Self.openRatio] + queues.map { Self.depth(of: $0.name) }
    }

    /// Entries that wait in a queue.
    static func depth(of queue: String) -> Measurement {
        Measurement(
            name: RuntimeQueues.metricName(of: queue),
            help: "Entries that wait in the queue \(queue.cutForDisplay)."
        )
    }

    func run(_ context: RunContext) async throws -> CheckReport {
        let sample = Sample(
            eventLoopLag: try await measureEventLoops(),
            cooperativePoolLag: await measureCooperativePool(),
            blockingPoolBusy: resources.blockingPool.busyRatio,
            openFiles: ProcessFiles.openRatio(),
            queues: queues.compactMap { queue in resources.queues.depth(of: queue.name).map { (queue.name, $0) } }
        )
        return report(sample)
    }

    private func measureEventLoops() async throws -> Duration {
        let (time, start) = (resources.time, resources.time.moment)
        return try await withThrowingTaskGroup(of: Duration.self) { group in
            for loop in resources.group.makeIterator() {
                let arrival = loop.submit { start.duration(to: time.moment) }
                group.addTask { try await arrival.get() }
            }
            return try await group.reduce(.zero) { max($0, $1) }
        }
    }

    private func measureCooperativePool() async -> Duration {
        let (time, start) = (resources.time, resources.time.moment)
        return await withTaskGroup(of: Duration.self) { group in
            group.addTask { start.duration(to: time.moment) }
            return await group.reduce(.zero) { max($0, $1) }
        }
    }

    /// What a sample means.
    func report(_ sample: Sample) -> CheckReport {
        var measured = [
            MeasuredValue(Self.loopLag, sample.eventLoopLag.seconds),
            MeasuredValue(Self.poolLag, sample.cooperativePoolLag.seconds),
            MeasuredValue(Self.poolBusy, sample.blockingPoolBusy),
        ]
        if let openFiles = sample.openFiles { measured.append(MeasuredValue(Self.openRatio, openFiles)) }
        let verdicts = [
            eventLoopLag?.judge(sample.eventLoopLag), cooperativePoolLag?.judge(sample.cooperativePoolLag),
            blockingPoolBusy?.judge(sample.blockingPoolBusy), sample.openFiles.flatMap { openFiles?.judge($0) },
        ].compactMap(\.self)
        let judged = sample.queues.compactMap { queue in
            queues.first { $0.name == queue.name }.map { (queue, $0.thresholds.judge(Double(queue.depth))) }
        }
        measured += sample.queues.map { MeasuredValue(Self.depth(of: $0.name), Double($0.depth)) }
        return CheckReport(
            .worst(verdicts + judged.map(\.1)),
            words(sample),
            measured: measured,
            details: sample.queues.map { .init("queue \($0.name)", String($0.depth)) }
        )
    }

    /// What was measured, what is bad first.
    private func words(_ sample: Sample) -> String {
        func milliseconds(_ duration: Duration) -> String {
            "\(Int(saturating: (duration.seconds * 1000).rounded())) ms"
        }
        func percent(_ ratio: Double) -> String { "\(Int(saturating: (ratio * 100).rounded())) %" }
        var said: [(verdict: CheckReport.Verdict?, text: String)] = [
            (eventLoopLag?.judge(sample.eventLoopLag), "event loops lag \(milliseconds(sample.eventLoopLag))"),
            (
                cooperativePoolLag?.judge(sample.cooperativePoolLag),
                "the cooperative pool lags \(milliseconds(sample.cooperativePoolLag))"
            ),
            (
                blockingPoolBusy?.judge(sample.blockingPoolBusy),
                "\(percent(sample.blockingPoolBusy)) of the threads for blocking calls are busy"
            ),
        ]
        if let open = sample.openFiles {
            said.append((openFiles?.judge(open), "\(percent(open)) of the file descriptors are open"))
        }
        for queue in sample.queues {
            let thresholds = queues.first { $0.name == queue.name }?.thresholds
            said.append((thresholds?.judge(Double(queue.depth)), "the queue \(queue.name) holds \(queue.depth)"))
        }
        let bad = said.filter { $0.verdict ?? .success != .success }
        return (bad + said.filter { $0.verdict ?? .success == .success }).map(\.text).joined(separator: ", ")
    }

    static let kind = CheckKind(
        name: "runtime",
        summary: "Looks how the exporter's own process is.",
        keys: [
            SettingKey("event_loop_lag", .thresholds(.duration), "Time until an event loop begins a task."),
            SettingKey(
                "cooperative_pool_lag",
                .thresholds(.duration),
                "Time until the cooperative pool begins a task."
            ),
            SettingKey("blocking_pool_busy", .thresholds(.ratio), "Busy threads for blocking calls."),
            SettingKey("open_files", .thresholds(.ratio), "Open file descriptors against their limit."),
            SettingKey(
                "queues",
                .dictionary(.thresholds(.integer(0...Int(Int32.max)))),
                "Entries that wait in queues which the program's code has registered, by name."
            ),
        ]
    ) { reader, resources in
        RuntimeCheck(
            eventLoopLag: reader.durationThresholds("event_loop_lag"),
            cooperativePoolLag: reader.durationThresholds("cooperative_pool_lag"),
            blockingPoolBusy: reader.ratioThresholds("blocking_pool_busy"),
            openFiles: reader.ratioThresholds("open_files"),
            queues: queueThresholds(reader, resources.queues),
            resources: resources
        )
    }

    private static func queueThresholds(
        _ reader: SettingsReader,
        _ known: RuntimeQueues
    ) -> [(name: String, thresholds: ThresholdPair<Double>)] {
        reader.entries("queues").compactMap { entry in
            guard known.names.contains(entry.key) else {
                let names = known.names.isEmpty ? "none is" : "registered: \(known.names.joined(separator: ", "))"
                reader.problem(
                    "queues",
                    "no queue `\(entry.key.cutForDisplay)` is registered in this program; \(names)"
                )
                return nil
            }
            return reader.thresholds(of: entry, in: "queues", "a number of entries", Double.init)
                .map { (entry.key, $0) }
        }
    }
}
