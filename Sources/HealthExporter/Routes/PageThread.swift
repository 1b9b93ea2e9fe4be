import HealthCore
import NIOPosix
import Platform
import Synchronization

/// The one thread on which pages are rendered.
final class PageThread: Sendable {
    /// Below that of the rest: with one core, checks and probes go first.
    private static let niceness: Int32 = 5

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let scrape = Mutex<Duration?>(nil)

    /// Starts the thread.
    init() {
        thread.start()
        // If it fails, pages are as urgent as the rest.
        thread.submit { _ in ThreadPriority.lower(niceness: Self.niceness) }
    }

    deinit {
        thread.shutdownGracefully { _ in }
    }

    /// How long the last page of metrics took; nil before the first.
    var lastScrape: Duration? { scrape.withLock { $0 } }

    /// What metrics tell of ``lastScrape``.
    static let families: [MetricFamily<Duration?>] = [
        MetricFamily(
            "health_exporter_scrape_render_seconds",
            help: "How long the last page of metrics took to render and compress."
        ) { $0?.seconds }
    ]

    /// Records how long a page of metrics took.
    func recordScrape(_ duration: Duration) {
        scrape.withLock { $0 = duration }
    }

    /// Runs `work` after what was submitted before.
    func submit(_ work: @escaping @Sendable () -> Void) {
        thread.submit { _ in work() }
    }

    /// Advances a counter as soon as the thread is free.
    func advance(_ progress: ProgressCounter) {
        submit { progress.advance() }
    }
}
