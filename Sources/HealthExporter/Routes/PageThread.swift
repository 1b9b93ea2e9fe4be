import HealthCore
import NIOPosix
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// The one thread on which pages are rendered.
final class PageThread: Sendable {
    /// Below that of the rest: with one core, checks and probes go first.
    private static let niceness: Int32 = 5

    private let thread = NIOThreadPool(numberOfThreads: 1)
    private let scrape = Mutex<Duration?>(nil)

    init() {
        thread.start()
        #if canImport(Glibc)
        // Linux: of this thread alone. If it fails, pages are as urgent as the rest.
        thread.submit { _ in _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, Self.niceness) }
        #endif
    }

    deinit {
        thread.shutdownGracefully { _ in }
    }

    /// How long the last page of metrics took; nil before the first.
    var lastScrape: Duration? { scrape.withLock { $0 } }

    /// Says how long a page of metrics took.
    func recordScrape(_ duration: Duration) {
        scrape.withLock { $0 = duration }
    }

    /// Does work once what was submitted before is done.
    func submit(_ work: @escaping @Sendable () -> Void) {
        thread.submit { _ in work() }
    }

    /// Beats as soon as the thread is free.
    func beat(_ watermark: Watermark) {
        submit { watermark.beat() }
    }
}
