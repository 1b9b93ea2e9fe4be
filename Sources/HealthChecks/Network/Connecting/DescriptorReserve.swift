import HealthCore
import NIOCore
import Platform
import Synchronization

/// Keeps the last free file descriptors of this process from checks.
///
/// Two libraries end the process, or wait forever, when nothing more can be opened: libdispatch, which counts its busy threads in
/// `/proc` now and then, and swift-subprocess between two of a command's streams. A check that would touch the reserve fails as
/// `internal` instead.
package enum DescriptorReserve {
    /// How many are kept free; an eighth of the limit when that is less.
    private static let size = 128

    /// What one command needs at once: its streams, the process itself, and what starting it opens for a moment.
    private static let perCommand = 8

    private static let estimate = Mutex(Estimate())
    /// What connections to our own listeners may use.
    private static let listeners = Mutex(0)

    /// Keeps so many more from checks, a quarter of the limit at most: listeners need them for the connections that they accept.
    package static func keep(forListeners count: Int) {
        listeners.withLock { $0 = count }
    }

    /// How many checks must leave free.
    private static func size(limit: Int, listeners: Int) -> Int {
        min(size, limit / 8) + min(listeners, limit / 4)
    }

    /// Throws `internal` when the reserve is touched; called right before something is opened, on the same thread.
    ///
    /// What commands that are being started still need is not free either.
    static func guardAgainstUse() throws(CheckFailure) {
        let (limit, listeners) = (ProcessFiles.limit() ?? .max, listeners.withLock { $0 })
        if estimate.withLock({ $0.leavesRoom(limit: limit, listeners: listeners, now: .now()) }) { return }
        let open = ProcessFiles.openCount()
        let needed = estimate.withLock { $0.counted(open, at: .now()) }
        let failure = failure(open: open, limit: limit, needed: needed, listeners: listeners)
        if let failure { throw failure }
    }

    /// Counts the descriptors of a command that is about to be started; `started` must follow unless it throws.
    static func starts() throws(CheckFailure) {
        estimate.withLock { $0.needed += perCommand }
        do {
            try guardAgainstUse()
        } catch {
            estimate.withLock { $0.needed -= perCommand }
            throw error
        }
    }

    /// The descriptors of a command are open, or it could not be started.
    static func started() {
        estimate.withLock { $0.opened(perCommand) }
    }

    /// How many descriptors are open at most, far from the limit: counting them takes as long as opening a connection.
    struct Estimate {
        /// Those that were counted, and those that were opened since; nil when they could not be counted.
        private var open: Int?
        /// When they were counted.
        private var countedAt = NIODeadline.uptimeNanoseconds(0)
        /// What commands that are being started will open.
        var needed = 0

        /// How long a count is good for.
        private static let age = TimeAmount.milliseconds(100)

        /// Whether one more descriptor leaves at least twice the reserve beside all that is needed; counts that one.
        mutating func leavesRoom(limit: Int, listeners: Int = 0, now: NIODeadline) -> Bool {
            guard let open, now - countedAt < Self.age else { return false }
            self.open = open + 1
            return limit - open - 1 - needed >= 2 * size(limit: limit, listeners: listeners)
        }

        /// So many are open; returns how many more are needed.
        mutating func counted(_ open: Int?, at now: NIODeadline) -> Int {
            (self.open, countedAt) = (open, now)
            return needed
        }

        /// So many of those that were needed are open.
        mutating func opened(_ count: Int) {
            needed -= count
            open = open.map { $0 + count }
        }
    }

    /// Why so many more descriptors can't be opened; nil when they can.
    ///
    /// - Parameters:
    ///   - open: how many are open; nil when none was left to count them with.
    ///   - listeners: how many are kept for connections to our own listeners.
    static func failure(open: Int?, limit: Int, needed: Int, listeners: Int = 0) -> CheckFailure? {
        if let open, limit - open - needed >= size(limit: limit, listeners: listeners) { return nil }
        return CheckFailure(
            .internal,
            "\(open ?? limit) of \(limit) file descriptors are open, the rest is kept free: raise the limit (ulimit -n)"
        )
    }
}
