import HealthCore
import Logging
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Tells systemd how it goes, when `$NOTIFY_SOCKET` is set (sd_notify(3)): READY once start-up is complete, STOPPING at the
/// beginning of shutdown, WATCHDOG while `/livez` passes.
final class SystemdNotifier: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var lastWatchdog: Moment?
        var hasFailed = false
    }

    private let address: [UInt8]
    /// Half of what systemd waits for; nil when it does not wait.
    private let watchdogPeriod: Duration?
    private let logger: Logger
    private let time: any TimeSource
    private let state = Mutex(State())

    /// Nil when nobody wants to know.
    ///
    /// - Parameter variable: an environment variable by name.
    init?(variable: (String) -> String?, time: any TimeSource, logger: Logger) {
        guard let path = variable("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@"), path.utf8.count < 108
        else {
            return nil
        }
        // A name in the abstract name space begins with a NUL.
        address = path.hasPrefix("@") ? [0] + Array(path.utf8.dropFirst()) : Array(path.utf8)
        let isForUs = variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let microseconds = variable("WATCHDOG_USEC").flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        watchdogPeriod = isForUs ? microseconds.map { .microseconds($0 / 2) } : nil
        self.time = time
        self.logger = logger
    }

    deinit {
        let descriptor = state.withLock { $0.descriptor }
        if descriptor >= 0 { close(descriptor) }
    }

    func ready() { send("READY=1\nSTATUS=started") }

    func stopping() { send("STOPPING=1\nSTATUS=draining") }

    /// Called often; speaks as often as systemd wants.
    func alive() {
        guard let watchdogPeriod else { return }
        let now = time.moment
        let isDue = state.withLock { state in
            if let last = state.lastWatchdog, last.duration(to: now) < watchdogPeriod { return false }
            state.lastWatchdog = now
            return true
        }
        if isDue { send("WATCHDOG=1") }
    }

    private func send(_ text: String) {
        let failure = state.withLock { state -> Int32? in
            if state.descriptor < 0 {
                let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                state.descriptor = socket(AF_UNIX, kind, 0)
            }
            guard state.descriptor >= 0 else { return errno }
            let isSent = deliver(Array(text.utf8), state.descriptor)
            let code = errno
            guard !isSent, !state.hasFailed else { return nil }
            state.hasFailed = true
            return code
        }
        if let failure {
            logger.warning(
                "systemd can't be told how it goes.",
                metadata: ["event": "exporter.notify_failed", "error": .string("error \(failure)")]
            )
        }
    }

    private func deliver(_ text: [UInt8], _ descriptor: Int32) -> Bool {
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &target.sun_path) { unsafe $0.copyBytes(from: address) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
        let count = unsafe withUnsafePointer(to: &target) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(descriptor, text, text.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        return count == text.count
    }
}
