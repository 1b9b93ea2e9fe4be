import HealthCore
import Logging
import NIOCore
import Synchronization

/// Watches the watermarks that nothing outside the process can hold up: the cooperative pool, each event loop, the scheduler.
///
/// It is looked after by the probe listener's thread, and by nobody else.
final class StallMonitor: Sendable {
    /// How often the watchdog looks.
    static let period = Duration.milliseconds(250)

    private let watermarks: [Watermark]
    private let detector: Mutex<StallDetector>
    private let logger: Logger

    init(watermarks: [Watermark], bound: Duration, now: Moment, logger: Logger) {
        self.watermarks = watermarks
        self.logger = logger
        detector = Mutex(StallDetector(names: watermarks.map(\.name), bound: bound, period: Self.period, now: now))
    }

    /// The names of all watermarks, in order.
    static func names(eventLoops: Int) -> [String] {
        ["cooperative-pool"] + (0..<eventLoops).map { "event-loop-\($0)" } + ["scheduler"]
    }

    /// Looks once.
    func look(at now: Moment) {
        let beats = watermarks.map(\.beats)
        for change in detector.withLock({ $0.look(beats: beats, now: now) }) {
            switch change {
            case .stalled(let name, let age):
                logger.error(
                    "Something that must make progress has stopped.",
                    metadata: [
                        "event": "stall.detected", "watermark": .string(name),
                        "duration_seconds": .stringConvertible(age.seconds),
                    ]
                )
                logger.warning(
                    "A probe fails.",
                    metadata: [
                        "event": "probe.changed", "probe": "liveness", "status": "unhealthy", "reason": "stalled",
                    ]
                )
            case .recovered(let name, let age):
                logger.notice(
                    "What had stopped makes progress again.",
                    metadata: [
                        "event": "stall.ended", "watermark": .string(name),
                        "duration_seconds": .stringConvertible(age.seconds),
                    ]
                )
                if stalled.isEmpty {
                    logger.notice(
                        "A probe passes.",
                        metadata: [
                            "event": "probe.changed", "probe": "liveness", "status": "healthy",
                        ]
                    )
                }
            }
        }
    }

    /// The names of what has stopped.
    var stalled: [String] { detector.withLock { $0.stalled } }

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
