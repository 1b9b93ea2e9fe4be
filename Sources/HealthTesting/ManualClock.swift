import HeapModule
import Synchronization

/// A clock that stands still until the driver moves it; sleepers wake one at a time, in the order of their deadlines.
package final class ManualClock: Clock, Sendable {
    /// A point on the clock's own time line.
    package struct Instant: InstantProtocol, Hashable {
        /// The time since the clock was made.
        package var offset: Duration = .zero

        package init(offset: Duration = .zero) {
            self.offset = offset
        }

        package func advanced(by duration: Duration) -> Instant {
            Instant(offset: offset + duration)
        }

        package func duration(to other: Instant) -> Duration {
            other.offset - offset
        }

        package static func < (left: Instant, right: Instant) -> Bool {
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

    package init() {}

    package var now: Instant {
        state.withLock { $0.now }
    }

    package var minimumResolution: Duration {
        .nanoseconds(1)
    }

    /// How many sleep.
    package var sleeperCount: Int {
        state.withLock { $0.sleepers.count }
    }

    package func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let number = takeNumber()
        await withTaskCancellationHandler {
            await suspend(until: deadline, number)
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

    /// Sleeps deaf to cancellation, as a badly written check does.
    package func sleepIgnoringCancellation(for duration: Duration) async {
        await suspend(until: now.advanced(by: duration), takeNumber())
    }

    private func takeNumber() -> Int {
        state.withLock { state in
            defer { state.nextNumber += 1 }
            return state.nextNumber
        }
    }

    private func suspend(until deadline: Instant, _ number: Int) async {
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

    /// Moves to the earliest deadline and wakes its sleeper; without one up to `limit`, moves there and returns false.
    package func wakeNext(limit: Instant) -> Bool {
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

    /// Moves on without waking anybody: those who should have been woken are, one after another, when the driver goes on.
    package func jump(by duration: Duration) {
        state.withLock { $0.now = $0.now.advanced(by: duration) }
    }

    /// Wakes everybody at once, whatever their deadline; for the end of a test, so that no task is left behind.
    package func wakeAll() {
        let sleepers = state.withLock { state in
            defer { state.sleepers.removeAll() }
            return state.sleepers.sorted { $0.key < $1.key }.map(\.value)
        }
        for sleeper in sleepers { sleeper.resume() }
    }
}
