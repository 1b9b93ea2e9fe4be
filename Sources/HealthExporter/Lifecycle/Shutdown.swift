import HealthCore
import Logging
import Synchronization

/// The begin of a shutdown: readiness fails from then on.
///
/// May be called from anywhere and more than once.
final class Shutdown: Sendable {
    private let began = Mutex<Moment?>(nil)
    private let store: StatusStore
    private let time: any TimeSource
    private let logger: Logger
    private let notifier: SystemdNotifier?

    /// A shutdown that has not begun.
    init(store: StatusStore, time: any TimeSource, logger: Logger, notifier: SystemdNotifier? = nil) {
        self.notifier = notifier
        self.store = store
        self.time = time
        self.logger = logger
    }

    /// Makes the service not ready; the drain and the grace period count from here.
    func begin() {
        let moment = time.moment
        let isFirst = began.withLock { began in
            guard began == nil else { return false }
            began = moment
            return true
        }
        guard isFirst else { return }
        store.shutDown()
        notifier?.stopping()
        logger.info("The exporter drains and then stops.", metadata: ["event": "exporter.draining"])
    }

    /// When it began.
    func beganAt(orNow now: Moment) -> Moment {
        began.withLock { $0 } ?? now
    }
}
