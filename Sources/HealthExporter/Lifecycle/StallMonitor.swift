import HealthCore
import Logging
import NIOCore
import Synchronization

/// Watches the loops that nothing outside the process can block: the cooperative pool, each event loop, the scheduler, and
/// those that the program itself registered.
///
/// The log writer, the blocking pool and the page renderer are watched too, but readers and disks may block them: they never fail
/// liveness.
///
/// It is called by the probe listener's thread, and by nobody else.
final class StallMonitor: Sendable {
    /// How often the watchdog inspects the loops: 20 times within the bound, at least once a second, and as often as systemd is to hear.
    let period: Duration
    /// The age from which on a loop counts as stalled.
    let bound: Duration
    private let progressCounters: [ProgressCounter]
    private let onlyWatched: Set<String>
    private let detector: Mutex<StallDetector>
    private let logger: Logger
    private let ping: @Sendable () -> Void
    private let whileAlive: @Sendable () -> Void

    /// - Parameters:
    ///   - onlyWatched: those whose stall is logged, but never fails liveness.
    ///   - longestPeriod: the loops are inspected at least as often.
    ///   - ping: called at each inspection; advances what has no loop of its own. Must not wait.
    ///   - whileAlive: called at each inspection unless liveness fails. Must not wait.
    init(
        progressCounters: [ProgressCounter],
        onlyWatched: Set<String> = [],
        bound: Duration,
        longestPeriod: Duration = .seconds(1),
        now: Moment,
        logger: Logger,
        ping: @escaping @Sendable () -> Void = {},
        whileAlive: @escaping @Sendable () -> Void = {}
    ) {
        self.bound = bound
        period = min(longestPeriod, max(.milliseconds(50), bound / 20))
        self.progressCounters = progressCounters
        self.onlyWatched = onlyWatched
        self.logger = logger
        self.ping = ping
        self.whileAlive = whileAlive
        detector = Mutex(
            StallDetector(names: progressCounters.map(\.name), bound: bound, period: period, now: now)
        )
    }

    /// The names of all progress counters, in order.
    static func names(eventLoops: Int) -> [String] {
        ["cooperative-pool"] + (0..<eventLoops).map { "event-loop-\($0)" } + ["scheduler", logWriter, blockingPool]
            + [pageRenderer]
    }

    /// The name of the log writer's counter.
    static let logWriter = "log-writer"
    /// The name of the blocking pool's counter.
    static let blockingPool = "blocking-pool"
    /// The name of the page thread's counter.
    static let pageRenderer = "page-renderer"

    /// Inspects every loop once.
    func inspect(at now: Moment) {
        let wasAlive = stalled.isEmpty
        let counts = progressCounters.map(\.count)
        ping()
        for change in detector.withLock({ $0.update(counts: counts, now: now) }) {
            switch change {
            case .stalled(let name, let age):
                logger.error(
                    "Something that must make progress has stopped.",
                    metadata: [
                        "event": "stall.detected", "loop": .string(name),
                        "duration_seconds": .stringConvertible(age.seconds),
                    ]
                )
            case .recovered(let name, let age):
                logger.notice(
                    "What had stopped makes progress again.",
                    metadata: [
                        "event": "stall.ended", "loop": .string(name),
                        "duration_seconds": .stringConvertible(age.seconds),
                    ]
                )
            }
        }
        let isAlive = stalled.isEmpty
        if isAlive != wasAlive { logProbe(passes: isAlive) }
        if isAlive { whileAlive() }
    }

    private func logProbe(passes: Bool) {
        var metadata: Logger.Metadata = [
            "event": "probe.changed", "probe": "liveness", "status": passes ? "healthy" : "unhealthy",
        ]
        if !passes { metadata["reason"] = "stalled" }
        logger.log(
            level: passes ? .notice : .warning,
            passes ? "A probe passes." : "A probe fails.",
            metadata: metadata
        )
    }

    /// The names of the loops that have stalled and fail liveness.
    var stalled: [String] { detector.withLock { $0.stalled }.filter { !onlyWatched.contains($0) } }

    /// How long ago each loop last made progress.
    var ages: [(name: String, age: Duration)] { detector.withLock { $0.ages } }

    /// What metrics tell.
    var facts: StallFacts { StallFacts(ages: ages, limit: bound) }
}

/// Advances the counters of what has no loop of its own: the cooperative pool by a task, each event loop by a timer.
struct LoopProgress<C: Clock>: Sendable where C.Duration == Duration {
    /// The clock of the cooperative pool's task.
    let timeline: Timeline<C>
    /// The counter of the cooperative pool.
    let cooperativePool = ProgressCounter(name: StallMonitor.names(eventLoops: 0)[0])
    /// Each event loop with its counter.
    let eventLoops: [(loop: any EventLoop, progress: ProgressCounter)]

    private static var period: Duration { .seconds(1) }

    /// Counters at 0, one for each loop of the group.
    init(timeline: Timeline<C>, group: any EventLoopGroup) {
        self.timeline = timeline
        eventLoops = group.makeIterator().enumerated().map { ($1, ProgressCounter(name: "event-loop-\($0)")) }
    }

    /// Runs until cancelled.
    func run() async {
        let timers = eventLoops.map { loop, progress in
            loop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { _ in progress.advance() }
        }
        defer { for timer in timers { timer.cancel() } }
        while !Task.isCancelled {
            cooperativePool.advance()
            // Cancelled at the end of the process: the loop ends with it.
            try? await timeline.sleep(until: timeline.moment.advanced(by: Self.period))
        }
    }
}
