import HeapModule
import Synchronization

/// A clock that stands still until the test moves it.
///
/// Sleepers wake one at a time in the order of their deadlines, equal ones in the order in which they began to sleep.
public final class ManualClock: Clock, Sendable {
    /// A point on the clock's own time line.
    public struct Instant: InstantProtocol, Hashable {
        /// The time since the clock was made.
        public var offset: Duration = .zero

        /// A point that lies `offset` after the clock was made.
        public init(offset: Duration = .zero) {
            self.offset = offset
        }

        /// The point that lies `duration` later.
        public func advanced(by duration: Duration) -> Instant {
            Instant(offset: offset + duration)
        }

        /// The time from this point to another; negative when the other is earlier.
        public func duration(to other: Instant) -> Duration {
            other.offset - offset
        }

        /// Orders by time.
        public static func < (left: Instant, right: Instant) -> Bool {
            left.offset < right.offset
        }
    }

    private struct Key: Comparable {
        let deadline: Instant
        let number: Int

        static func < (left: Key, right: Key) -> Bool {
            left.deadline != right.deadline ? left.deadline < right.deadline : left.number < right.number
        }
    }

    private struct State {
        var now = Instant()
        var nextNumber = 0
        var queue = Heap<Key>()
        var sleepers: [Int: CheckedContinuation<Void, Never>] = [:]
        var cancelled: Set<Int> = []
    }

    private let state = Mutex(State())

    /// A clock at offset zero.
    public init() {}

    /// Where the test has moved the clock.
    public var now: Instant {
        state.withLock { $0.now }
    }

    /// One nanosecond.
    public var minimumResolution: Duration {
        .nanoseconds(1)
    }

    /// How many tasks sleep.
    public var sleeperCount: Int {
        state.withLock { $0.sleepers.count }
    }

    /// Sleeps until the test moves the clock to the deadline; throws `CancellationError` when the task is cancelled.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let number = nextNumber()
        await withTaskCancellationHandler {
            await suspend(until: deadline, number: number)
        } onCancel: {
            let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
                state.cancelled.insert(number)
                return state.sleepers.removeValue(forKey: number)
            }
            sleeper?.resume()
        }
        let wasCancelled = state.withLock { $0.cancelled.remove(number) != nil }
        if wasCancelled { throw CancellationError() }
    }

    /// Sleeps regardless of cancellation, as a badly written check does.
    public func sleepIgnoringCancellation(for duration: Duration) async {
        await suspend(until: now.advanced(by: duration), number: nextNumber())
    }

    private func nextNumber() -> Int {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
    }

    private func suspend(until deadline: Instant, number: Int) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.now >= deadline || state.cancelled.contains(number) { return true }
                state.queue.insert(Key(deadline: deadline, number: number))
                state.sleepers[number] = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Moves the clock by a duration and wakes everybody whose deadline lies within it.
    ///
    /// A task that wakes runs concurrently with the test: what it does next, it does after this call has returned.
    public func advance(by duration: Duration) {
        let limit = now.advanced(by: duration)
        while wakeNext(limit: limit) {}
    }

    /// Moves the clock to the earliest deadline and wakes its sleeper; without one up to `limit`, moves there and returns false.
    public func wakeNext(limit: Instant) -> Bool {
        let sleeper = state.withLock { state -> CheckedContinuation<Void, Never>? in
            while let key = state.queue.min, key.deadline <= limit {
                state.queue.removeMin()
                guard let sleeper = state.sleepers.removeValue(forKey: key.number) else { continue }
                state.now = max(state.now, key.deadline)
                return sleeper
            }
            state.now = max(state.now, limit)
            return nil
        }
        sleeper?.resume()
        return sleeper != nil
    }

    /// Moves the clock without waking anybody; sleepers that are due wake with the next ``wakeNext(limit:)``.
    package func jump(by duration: Duration) {
        state.withLock { $0.now = $0.now.advanced(by: duration) }
    }

    /// Wakes everybody at once, whatever their deadline; for the end of a test.
    public func wakeAll() {
        let sleepers = state.withLock { state in
            defer { state.sleepers.removeAll() }
            return state.sleepers.sorted { $0.key < $1.key }.map(\.value)
        }
        for sleeper in sleepers { sleeper.resume() }
    }
}
