import HealthCore
import Logging
import Platform
import Synchronization

/// Notifies systemd when `$NOTIFY_SOCKET` is set (sd_notify(3)): READY once start-up is complete, STOPPING at the beginning of
/// shutdown, WATCHDOG while `/livez` passes.
final class SystemdNotifier: Sendable {
    private struct State: ~Copyable {
        var socket: UnixDatagrams
        var lastWatchdog: Moment?
        var hasFailed = false
    }

    /// Half of what systemd waits for; nil when it does not wait.
    let watchdogPeriod: Duration?
    private let logger: Logger
    private let time: any TimeSource
    private let state: Mutex<State>

    /// Nil without a socket in `$NOTIFY_SOCKET`.
    ///
    /// - Parameter variable: an environment variable by name.
    init?(variable: (String) -> String?, time: any TimeSource, logger: Logger) {
        guard let path = variable("NOTIFY_SOCKET"), path.hasPrefix("/") || path.hasPrefix("@"),
            path.utf8.count <= SocketLimits.longestPath
        else {
            return nil
        }
        let isForUs = variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let microseconds = variable("WATCHDOG_USEC").flatMap { Int64($0) }.flatMap { $0 > 0 ? $0 : nil }
        watchdogPeriod = isForUs ? microseconds.map { .microseconds($0 / 2) } : nil
        state = Mutex(State(socket: UnixDatagrams(path: path)))
        self.time = time
        self.logger = logger
    }

    /// Start-up is complete.
    func ready() { send("READY=1\nSTATUS=started") }

    /// Shutdown has begun.
    func stopping() { send("STOPPING=1\nSTATUS=draining") }

    /// `/livez` passes; called often, and sent twice in the time that systemd waits.
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
            guard let code = state.socket.send(text), !state.hasFailed else { return nil }
            state.hasFailed = true
            return code
        }
        if let failure {
            logger.warning(
                "systemd could not be notified.",
                metadata: ["event": "exporter.notify_failed", "error": .string("error \(failure)")]
            )
        }
    }
}
