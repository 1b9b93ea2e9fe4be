import HealthCore
import NIOCore

/// Looks how the process itself is: event loops, cooperative pool, blocking pool, open files.
struct RuntimeCheck: HealthCheck {
    let eventLoopLag: ThresholdPair<Duration>?
    let cooperativePoolLag: ThresholdPair<Duration>?
    let blockingPoolBusy: ThresholdPair<Double>?
    let openFiles: ThresholdPair<Double>?
    let resources: CheckResources

    /// What one look saw.
    struct Sample: Sendable {
        var eventLoopLag: Duration
        var cooperativePoolLag: Duration
        var blockingPoolBusy: Double
        /// Nil when the system doesn't tell.
        var openFiles: Double?
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

    var measurements: [Measurement] { [Self.loopLag, Self.poolLag, Self.poolBusy, Self.openRatio] }

    func run(_ context: RunContext) async throws -> CheckReport {
        let sample = Sample(
            eventLoopLag: try await measureEventLoops(),
            cooperativePoolLag: await measureCooperativePool(),
            blockingPoolBusy: resources.blockingPool.busyRatio,
            openFiles: ProcessFiles.openRatio()
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
        return CheckReport(.worst(verdicts), "", measured: measured)
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
        ] + SettingKey.notYet("queues")
    ) { reader, resources in
        RuntimeCheck(
            eventLoopLag: reader.durationThresholds("event_loop_lag"),
            cooperativePoolLag: reader.durationThresholds("cooperative_pool_lag"),
            blockingPoolBusy: reader.ratioThresholds("blocking_pool_busy"),
            openFiles: reader.ratioThresholds("open_files"),
            resources: resources
        )
    }
}
