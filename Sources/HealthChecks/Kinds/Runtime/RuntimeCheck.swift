import HealthCore
import NIOCore
import Platform

/// Measures the process itself: event loops, cooperative pool, blocking pool, open files, queues.
struct RuntimeCheck: HealthCheck {
    /// The thresholds, and the queues that are measured.
    let settings: RuntimeSettings
    /// The event loops, threads, queues and clock that are measured or measured with.
    let resources: CheckResources

    /// What one run measured.
    struct Sample: Sendable {
        /// How long the slowest event loop took to begin a task.
        var eventLoopLag: Duration
        /// How long the cooperative pool took to begin a task.
        var cooperativePoolLag: Duration
        /// Busy threads for blocking calls over all, 0 to 1.
        var blockingPoolBusy: Double
        /// Nil when the system doesn't tell.
        var openFiles: Double?
        /// By name, in the order of the configuration.
        var queues: [(name: String, depth: Int)] = []
    }

    /// Seconds until the slowest event loop began a task.
    static let loopLag = Measurement(
        name: "health_runtime_event_loop_lag_seconds",
        help: "How long the slowest event loop took to begin a task."
    )
    /// Seconds until the cooperative pool began a task.
    static let poolLag = Measurement(
        name: "health_runtime_cooperative_pool_lag_seconds",
        help: "How long the cooperative pool took to begin a task."
    )
    /// Busy threads for blocking calls over all, 0 to 1.
    static let poolBusy = Measurement(
        name: "health_runtime_blocking_pool_busy_ratio",
        help: "Threads for blocking calls that are busy, over all."
    )
    /// Open file descriptors over their limit, 0 to 1; absent when the system doesn't tell.
    static let openRatio = Measurement(
        name: "health_runtime_open_files_ratio",
        help: "Open file descriptors over their limit."
    )

    /// Both lags, busy threads and open files, then the depth of each configured queue.
    var measurements: [Measurement] {
        [Self.loopLag, Self.poolLag, Self.poolBusy, Self.openRatio] + settings.queues.map { Self.depth(of: $0.name) }
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
            queues: settings.queues.compactMap { queue in
                resources.queues.depth(of: queue.name).map { (queue.name, $0) }
            }
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
        measured += sample.queues.map { MeasuredValue(Self.depth(of: $0.name), Double($0.depth)) }
        let findings = findings(sample)
        let bad = findings.filter { $0.verdict != .success }
        return CheckReport(
            .worst(findings.map(\.verdict)),
            (bad + findings.filter { $0.verdict == .success }).map(\.text).joined(separator: ", "),
            measured: measured,
            details: sample.queues.map { .init("queue \($0.name)", String($0.depth)) }
        )
    }

    /// What was measured, and what it means; without thresholds it is good.
    private func findings(_ sample: Sample) -> [(verdict: CheckReport.Verdict, text: String)] {
        func milliseconds(_ duration: Duration) -> String {
            "\(Int(saturating: (duration.seconds * 1000).rounded())) ms"
        }
        func percent(_ ratio: Double) -> String { "\(Int(saturating: (ratio * 100).rounded())) %" }
        let (loops, pool, busy) = (sample.eventLoopLag, sample.cooperativePoolLag, sample.blockingPoolBusy)
        var findings: [(CheckReport.Verdict?, String)] = [
            (settings.eventLoopLag?.evaluate(loops), "event loops lag \(milliseconds(loops))"),
            (settings.cooperativePoolLag?.evaluate(pool), "the cooperative pool lags \(milliseconds(pool))"),
            (
                settings.blockingPoolBusy?.evaluate(busy),
                "\(percent(busy)) of the threads for blocking calls are busy"
            ),
        ]
        if let open = sample.openFiles {
            findings.append((settings.openFiles?.evaluate(open), "\(percent(open)) of the file descriptors are open"))
        }
        for queue in sample.queues {
            let thresholds = settings.queues.first { $0.name == queue.name }?.value
            findings.append((thresholds?.evaluate(Double(queue.depth)), "the queue \(queue.name) holds \(queue.depth)"))
        }
        return findings.map { ($0 ?? .success, $1) }
    }

    /// The kind `runtime`; `NAME` stands for the names of queues.
    static let kind = CheckKind(
        name: "runtime",
        summary: "Measures how busy this process is: event loops, threads, files, queues.",
        measurements: [loopLag, poolLag, poolBusy, openRatio, depth(of: "NAME")],
        settings: RuntimeSettings.self
    )
}
