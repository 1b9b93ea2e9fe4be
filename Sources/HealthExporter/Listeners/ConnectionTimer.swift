import NIOCore

/// One deadline on an event loop that is moved far more often than it comes.
///
/// A deadline that moves away keeps the timer that runs, which is set anew when it fires: with a timer for each deadline a probe
/// took three of them.
final class ConnectionTimer {
    private let loop: any EventLoop
    private var due: (at: NIODeadline, action: () -> Void)?
    private var running: (at: NIODeadline, timer: Scheduled<Void>)?

    /// A timer without a deadline.
    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// Replaces the deadline and what happens then.
    func set(to deadline: NIODeadline, _ action: @escaping () -> Void) {
        due = (deadline, action)
        run(until: deadline)
    }

    /// There is no deadline any more.
    func clear() {
        due = nil
    }

    /// Stops the timer for good.
    func end() {
        due = nil
        running?.timer.cancel()
        running = nil
    }

    private func run(until deadline: NIODeadline) {
        if let running {
            guard deadline < running.at else { return }
            running.timer.cancel()
        }
        let timer = loop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in fire() }
        running = (deadline, timer)
    }

    private func fire() {
        running = nil
        guard let due else { return }
        if due.at > loop.now { return run(until: due.at) }
        self.due = nil
        due.action()
    }
}
