import HealthCore
import Logging
import NIOCore
import Synchronization

/// Watches the loops that nothing outside the process can hold up: the cooperative pool, each event loop, the scheduler,
/// and what the program itself registered.
///
/// The log writer, the blocking pool and the page renderer are watched too, but others may hold them up: they never fail liveness.
///
/// It is looked after by the probe listener's thread, and by nobody else.
final class StallMonitor: Sendable {
    /// How often the watchdog looks.
    static let period = Duration.milliseconds(250)

    /// The age from which on a loop counts as stalled.
    let bound: Duration
    private let watermarks: [Watermark]
    private let onlyWatched: Set<String>
    private let detector: Mutex<StallDetector>
    private let logger: Logger
    private let ping: @Sendable () -> Void
    private let whileAlive: @Sendable () -> Void

    /// - Parameters:
    ///   - onlyWatched: those whose stall is told, but never fails liveness.
    ///   - ping: called at each look; makes beat what has no loop of its own. Must not wait.
    ///   - whileAlive: called at each look unless liveness fails. Must not wait.
    init(
        watermarks: [Watermark],
        onlyWatched: Set<String> = [],
        bound: Duration,
        now: Moment,
        logger: Logger,
        ping: @escaping @Sendable () -> Void = {},
        whileAlive: @escaping @Sendable () -> Void = {}
    ) {
        self.bound = bound
        self.watermarks = watermarks
        self.onlyWatched = onlyWatched
        self.logger = logger
        self.ping = ping
        self.whileAlive = whileAlive
        detector = Mutex(StallDetector(names: watermarks.map(\.name), bound: bound, period: Self.period, now: now))
    }

    /// The names of all watermarks, in order.
    static func names(eventLoops: Int) -> [String] {
        ["cooperative-pool"] + (0..<eventLoops).map { "event-loop-\($0)" } + ["scheduler", logWriter, blockingPool]
            + [pageRenderer]
    }

    static let logWriter = "log-writer"
    static let blockingPool = "blocking-pool"
    static let pageRenderer = "page-renderer"

    /// Looks once.
    func look(at now: Moment) {
        let wasAlive = stalled.isEmpty
        let beats = watermarks.map(\.beats)
        ping()
        for change in detector.withLock({ $0.look(beats: beats, now: now) }) {
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

    /// The names of what has stopped and fails liveness.
    var stalled: [String] { detector.withLock { $0.stalled }.filter { !onlyWatched.contains($0) } }

    /// How long ago each watermark was seen to beat.
    var ages: [(name: String, age: Duration)] { detector.withLock { $0.ages } }
}

/// Beats for what has no loop of its own: the cooperative pool by a task, each event loop by a timer.
struct Heartbeats<C: Clock>: Sendable where C.Duration == Duration {
    let timeline: Timeline<C>
    let cooperativePool = Watermark(name: StallMonitor.names(eventLoops: 0)[0])
    let eventLoops: [(loop: any EventLoop, watermark: Watermark)]

    private static var period: Duration { .seconds(1) }

    init(timeline: Timeline<C>, group: any EventLoopGroup) {
        self.timeline = timeline
        eventLoops = group.makeIterator().enumerated().map { ($1, Watermark(name: "event-loop-\($0)")) }
    }

    /// Beats until cancelled.
    func run() async {
        let timers = eventLoops.map { loop, watermark in
            loop.scheduleRepeatedTask(initialDelay: .zero, delay: .seconds(1)) { _ in watermark.beat() }
        }
        defer { for timer in timers { timer.cancel() } }
        while !Task.isCancelled {
            cooperativePool.beat()
            // Cancelled at the end of the process: the loop ends with it.
            try? await timeline.sleep(until: timeline.moment.advanced(by: Self.period))
        }
    }
}
